#include <unistd.h>

#include "cli/commands.hpp"
#include "cli/editor.hpp"
#include "cli/values.hpp"
#include "sync/watch_post.hpp"

namespace navette::client {

Result<int> edit(Context& context) {
  const Request& request = context.request;
  if (request.file && !request.dash.empty()) {
    return fail(ErrorCode::kInvalidArgument, "donnez --file FICHIER ou -, pas les deux");
  }
  NAVETTE_ASSIGN(OpenReplica replica, OpenReplica::for_writing(context.directory));
  NAVETTE_ASSIGN(const sync::FieldRef at, locate(replica, request.id, request.field));
  std::optional<std::string> file = request.dash.empty() ? request.file : std::optional<std::string>("-");
  std::optional<std::string> token = request.base;
  std::string text;
  bool from_editor = false;
  if (file) {
    NAVETTE_ASSIGN(text, read_text(context.directory, *file, context.in));
    // A scalar takes one line; the line end is the file's.
    if (!field_of(at)->merges() && text.ends_with('\n')) text.pop_back();
  } else {
    NAVETTE_ASSIGN(const sync::Shown shown, shown_value(replica, at));
    if (!token) token = shown.token;
    NAVETTE_ASSIGN(Edited edited,
                   edit_in_editor(context.directory, request.field, schema::display(*field_of(at), shown.value)));
    text = std::move(edited.text);
    file = std::move(edited.file);
    from_editor = true;
  }
  replica.engine().freeze_at_once(somebody_sends(context.directory));
  const auto done = replica.engine().edit(at, text, token, replica.now());
  if (from_editor && (done || done.error().code == ErrorCode::kStale)) ::unlink(file->c_str());
  NAVETTE_TRY(keep_if_refused(context.directory, file, text, done));
  wake_watcher(context.directory);
  return 0;
}

}  // namespace navette::client
