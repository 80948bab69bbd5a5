// Composed texts of the demonstration. « {nom} » stands for the establishment.
#pragma once

#include <array>
#include <string_view>

namespace navette::cpom {

struct DemoEngagement {
  std::string_view theme;
  std::string_view volet;
  std::string_view objectif;
  std::string_view intitule;
  std::string_view mode_calcul;
  std::string_view unite;
  std::string_view source;
  std::string_view reference;
  std::array<std::string_view, 5> cibles;
  std::string_view structure;
  std::string_view ars;
  std::string_view partage;
};

inline constexpr std::size_t kDemoEngagementCount = 12;
[[nodiscard]] const std::array<DemoEngagement, kDemoEngagementCount>& demo_engagements();

}  // namespace navette::cpom
