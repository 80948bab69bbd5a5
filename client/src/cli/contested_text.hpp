// The text of a conflict's range, which is what a resolution writes, out of what people see: the whole paragraph.
#pragma once

#include <string>
#include <string_view>

#include "replica/open_replica.hpp"

namespace navette::client {

// Both changes put together. Errors: kInvalidArgument where there is no suggestion to make.
[[nodiscard]] Result<std::string> suggested_text(OpenReplica& replica, const sync::Conflict& conflict);

// `paragraph` replaces the paragraph shown: what surrounds the contested text in it must still surround it. A final
// line end that an editor added is forgiven. For a conflict about a value, the value itself.
// Errors: kInvalidArgument, kNotUtf8. Both: call inside read() or transact().
[[nodiscard]] Result<std::string> text_in_paragraph(OpenReplica& replica, const sync::Conflict& conflict,
                                                    std::string_view paragraph);

}  // namespace navette::client
