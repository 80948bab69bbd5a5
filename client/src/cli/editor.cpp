#include "cli/editor.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <iterator>

#include "navette/os/files.hpp"
#include "navette/os/system_error.hpp"

extern char** environ;

namespace navette::client {
namespace {

// Ten times the longest text of the schema: what is longer is another file than the one that was meant.
constexpr std::size_t kTextBytes = 8 * 1024 * 1024;

Result<std::string> new_file(const std::filesystem::path& directory, std::string_view name, std::string_view text) {
  std::string path = (directory / (std::string(name) + "-XXXXXX.txt")).string();
  const int descriptor = ::mkostemps(path.data(), 4, O_CLOEXEC);
  if (descriptor < 0) return std::unexpected(os::error_of_errno(errno, "écrire", path));
  ::close(descriptor);
  const auto written = os::write_file_atomically(path, text);
  if (written) return path;
  ::unlink(path.c_str());
  return std::unexpected(written.error());
}

// The disk of the replica may be the one that is full.
Result<std::string> new_file_anywhere(const std::filesystem::path& directory, std::string_view text) {
  auto kept = new_file(directory, "texte-refuse", text);
  if (kept) return kept;
  std::error_code none;
  const std::filesystem::path elsewhere = std::filesystem::temp_directory_path(none);
  if (none) return kept;
  auto saved = new_file(elsewhere, "navette-texte-refuse", text);
  return saved ? saved : kept;
}

std::string editor_command() {
  for (const char* name : {"VISUAL", "EDITOR"}) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') return value;
  }
  return "editor";  // Debian's choice of the person
}

bool run_editor(const std::string& path) {
  std::string script = editor_command() + " \"$1\"";
  std::string shell = "sh";
  std::string flag = "-c";
  std::string file = path;
  std::array<char*, 6> arguments{shell.data(), flag.data(), script.data(), shell.data(), file.data(), nullptr};
  pid_t child = 0;
  if (::posix_spawnp(&child, "sh", nullptr, nullptr, arguments.data(), environ) != 0) return false;
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return false;
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

Result<Edited> edit_in_editor(const ReplicaDirectory& directory, std::string_view name, std::string_view text) {
  NAVETTE_ASSIGN(std::string path, new_file(directory.path, name, text));
  if (!run_editor(path)) {
    return fail(ErrorCode::kInvalidArgument,
                "l'éditeur (« " + editor_command() +
                    " ») s'est mal terminé, rien n'est enregistré : votre texte est dans « " + path +
                    " », reprenez-le avec --file");
  }
  auto edited = os::read_file(path, kTextBytes);
  if (!edited) return std::unexpected(edited.error());
  // Editors end the last line; a text that had no such end keeps having none.
  if (!text.ends_with('\n') && edited->ends_with('\n')) edited->pop_back();
  return Edited{std::move(*edited), std::move(path)};
}

Result<void> keep_if_refused(const ReplicaDirectory& directory, const std::optional<std::string>& file,
                             std::string_view text, Result<void> done) {
  if (done || text.empty() || done.error().code == ErrorCode::kStale) return done;
  Error error = done.error();
  if (file && *file != "-") {
    error.message += " (votre texte reste dans « " + *file + " »)";
  } else if (const auto kept = new_file_anywhere(directory.path, text)) {
    error.message += " (votre texte est gardé dans « " + *kept + " »)";
  } else {
    error.message += " (et il n'a pas pu être mis de côté : " + kept.error().message + ")";
  }
  return std::unexpected(std::move(error));
}

Result<std::string> read_text(const ReplicaDirectory& directory, const std::string& file, std::istream& in) {
  if (file != "-") return os::read_file(file, kTextBytes);
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (text.size() <= kTextBytes) return text;
  const auto kept = keep_if_refused(directory, file, text, fail(ErrorCode::kTooLarge, "le texte reçu dépasse 8 Mio"));
  return std::unexpected(kept.error());
}

}  // namespace navette::client
