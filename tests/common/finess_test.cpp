#include "navette/schema/finess.hpp"

#include <gtest/gtest.h>

#include "navette/schema/schema.hpp"

namespace navette::schema {
namespace {

TEST(Finess, TheVectorsOfTheDomainHold) {  // domain B2
  for (std::string_view number :
       {"750712184", "340780477", "310781406", "2A0000014", "990000010", "990000028", "990000036", "990000101",
        "990000119", "990000127", "990000200", "990001000", "990001018", "990002008", "997800057", "997800131"}) {
    EXPECT_TRUE(finess_key_holds(number)) << number;
  }
}

TEST(Finess, OneWrongCharacterIsSeen) {
  const std::string good = "750712184";
  EXPECT_FALSE(finess_key_holds("750712185"));
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (char digit = '0'; digit <= '9'; ++digit) {
      std::string other = good;
      other[at] = digit;
      EXPECT_EQ(finess_key_holds(other), digit == good[at]) << other;
    }
  }
}

TEST(Finess, CorsicanLettersOnlyInTheirPlace) {
  EXPECT_TRUE(finess_key_holds(*with_finess_key("2B000001")));
  EXPECT_NE(*with_finess_key("2B000001"), *with_finess_key("2A000001"));
  EXPECT_FALSE(finess_key_holds("2C0000014"));
  EXPECT_FALSE(finess_key_holds("1A0000014"));
  EXPECT_FALSE(finess_key_holds("20A000014"));
  EXPECT_EQ(with_finess_key("3A000001"), std::nullopt);
}

TEST(Finess, TheFormIsDigitsOrCorsica) {
  EXPECT_TRUE(finess_form_holds("990000011")) << "whatever its key";
  EXPECT_TRUE(finess_form_holds("2A0000014"));
  for (const char* wrong : {"7X0066813", "2C0000014", "99000001", "9900000111", "99000001Z", ""}) {
    EXPECT_FALSE(finess_form_holds(wrong)) << wrong;
  }
}

TEST(Finess, LengthsAndForeignCharacters) {
  for (std::string_view number : {"", "75071218", "7507121840", "75071218x", "75071é84"}) {
    EXPECT_FALSE(finess_key_holds(number)) << number;
  }
  EXPECT_EQ(with_finess_key("7507121"), std::nullopt);
  EXPECT_EQ(with_finess_key("75071218"), "750712184");
}

TEST(Finess, TheDisplayedFormIsReadBack) {
  EXPECT_EQ(normalised_finess("75 071 218 4"), "750712184");
  EXPECT_EQ(normalised_finess(" 2a\u00a0000\u202f001 4\t"), "2A0000014");
  const Field field{.number = 1, .name = "finess", .type = FieldType::kFiness};
  EXPECT_EQ(parse(field, "75 071 218 4"), Value("750712184"));
  EXPECT_EQ(parse(field, "2a 000\u00a0001 4"), Value("2A0000014"));
  EXPECT_FALSE(parse(field, "75 071 218 5").has_value());
}

}  // namespace
}  // namespace navette::schema
