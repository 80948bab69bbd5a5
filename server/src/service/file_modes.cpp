#include "file_modes.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>

namespace navette::server {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kOthers = 077;
// Certificates are shown to everybody who dials.
constexpr std::string_view kPublic = ".crt";

std::string octal(mode_t mode) {
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "%04o", static_cast<unsigned>(mode & 07777U));
  return text.data();
}

void look_at(const fs::path& path, const char* right_mode, std::vector<std::string>& found) {
  struct stat about{};
  if (::lstat(path.c_str(), &about) != 0 || S_ISLNK(about.st_mode)) return;
  if (about.st_uid != ::geteuid() && ::geteuid() != 0) {
    found.push_back("« " + path.string() +
                    " » appartient à un autre utilisateur : lancez « chown » ou changez de compte");
  }
  if ((about.st_mode & kOthers) == 0) return;
  found.push_back("« " + path.string() + " » est ouvert à d'autres utilisateurs de cette machine (mode " +
                  octal(about.st_mode) + ") : lancez « chmod " + right_mode + " " + path.string() + " »");
}

}  // namespace

std::vector<std::string> loose_files(const fs::path& data) {
  std::vector<std::string> found;
  look_at(data, "700", found);
  std::error_code ignored;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(data, ignored)) files.push_back(entry.path());
  std::ranges::sort(files);
  for (const fs::path& file : files) {
    if (file.extension() != kPublic) look_at(file, "600", found);
  }
  return found;
}

}  // namespace navette::server
