// Texts that people type: from a file, from standard input, in their editor. None is lost when it is refused.
#pragma once

#include <istream>
#include <optional>
#include <string>
#include <string_view>

#include "replica/directory.hpp"

namespace navette::client {

// "-": standard input; what is too long there is kept in a file. Errors: kNotFound, kTooLarge.
[[nodiscard]] Result<std::string> read_text(const ReplicaDirectory& directory, const std::string& file,
                                            std::istream& in);

// What the person made of `text` in $VISUAL or $EDITOR. The file stays when the editor fails: the error says where.
struct Edited {
  std::string text;
  std::string file;  // to be removed once the text is safe
};
[[nodiscard]] Result<Edited> edit_in_editor(const ReplicaDirectory& directory, std::string_view name,
                                            std::string_view text);

// Where a refused text stays: its own file if it came from one, else a new one in the directory of the replica.
// The error of `done` with that place added.
[[nodiscard]] Result<void> keep_if_refused(const ReplicaDirectory& directory, const std::optional<std::string>& file,
                                           std::string_view text, Result<void> done);

}  // namespace navette::client
