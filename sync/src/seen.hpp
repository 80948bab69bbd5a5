// What somebody saw of the records that they remove: both ends compute it alike.
#pragma once

#include <vector>

#include "navette/sync/revision.hpp"

namespace navette::sync {

// Of one record: the shared part and the part of the reader's own party.
[[nodiscard]] ShortHash readable_hash(const RecordContent& shared, const RecordContent& own, Party reader);
// Of a whole subtree, in any order.
[[nodiscard]] ShortHash seen_hash(std::vector<SeenRecord> seen);

// Of a conflict that is settled: its live text or value, and what came in. A version alone may mean another text after
// a restore.
[[nodiscard]] ShortHash seen_sides(const Value& live, const Value& incoming);

}  // namespace navette::sync
