#include "backup_target.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <string_view>

#include "schema.hpp"

namespace navette::server {
namespace {

namespace fs = std::filesystem;

// What https://www.sqlite.org/fileformat2.html says of the first hundred bytes of a database.
constexpr std::string_view kMagic{"SQLite format 3\0", 16};
constexpr std::size_t kHeaderBytes = 100;
constexpr std::size_t kWriteVersion = 18;   // 1: a file alone, as backups are; 2: with a journal beside it, in service
constexpr std::size_t kApplicationId = 68;  // four bytes, big endian
constexpr char kFileAlone = 1;

using Header = std::array<char, kHeaderBytes>;

std::optional<Header> header_of(const fs::path& file) {
  if (!fs::is_regular_file(file)) return std::nullopt;
  std::ifstream in(file, std::ios::binary);
  Header header{};
  if (!in.read(header.data(), header.size())) return std::nullopt;
  return header;
}

// A live database of a server has the same application: overwriting it is what must never happen.
bool is_backup(const Header& header) {
  if (!std::string_view(header.data(), header.size()).starts_with(kMagic)) return false;
  std::uint32_t application = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    application = application << 8U | static_cast<unsigned char>(header.at(kApplicationId + i));
  }
  return header.at(kWriteVersion) == kFileAlone && application == static_cast<std::uint32_t>(kApplication);
}

bool lies_in(const fs::path& directory, const fs::path& file) {
  const auto [end, ignored] = std::ranges::mismatch(directory, file);
  return end == directory.end();
}

std::string quoted(const fs::path& path) { return "« " + path.string() + " »"; }

}  // namespace

Result<> check_backup_target(const fs::path& data_dir, const fs::path& target) {
  std::error_code error;
  const fs::path whole = fs::weakly_canonical(target, error);
  if (error) return fail(ErrorCode::kInvalidArgument, "impossible de suivre le chemin " + quoted(target));
  const fs::path data = fs::canonical(data_dir, error);
  if (!error && lies_in(data, whole)) {
    return fail(ErrorCode::kInvalidArgument,
                quoted(target) +
                    " est dans le répertoire du serveur : une sauvegarde se garde ailleurs, si possible "
                    "sur un autre disque ; choisissez un autre emplacement");
  }
  if (!fs::exists(fs::symlink_status(target, error))) return {};
  const std::optional<Header> header = header_of(target);
  if (header && is_backup(*header)) return {};
  return fail(ErrorCode::kInvalidArgument,
              quoted(target) +
                  " existe déjà et n'est pas une sauvegarde de Navette : rien n'a été remplacé, choisissez "
                  "un autre nom");
}

}  // namespace navette::server
