// What this machine can do at best, measured in the same run as what is compared with it.
#pragma once

#include <filesystem>
#include <string_view>

#include "bench/portfolio.hpp"

namespace navette::bench {

// SQLite alone: the same rows into the same tables in one durable transaction, ms.
[[nodiscard]] double sqlite_alone_ms(const std::filesystem::path& place, const std::vector<Contract>& contracts,
                                     const Portfolio& portfolio);
[[nodiscard]] double zstd_megabytes(std::string_view text, int level);
// One small row, durable: p50 in ms.
[[nodiscard]] double durable_commit_ms(const std::filesystem::path& place);
// A small frame there and back over TLS 1.3 and a WebSocket on loopback: p50 in ms.
[[nodiscard]] double tls_round_trip_ms();

}  // namespace navette::bench
