// Values and tables of common/schema.
#include "navette/schema/schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "navette/base/utf8.hpp"

namespace navette::schema {
namespace {

using testing::HasSubstr;

Field field(FieldType type, std::uint32_t max_length = 0) {
  Field out{.number = 1, .name = "champ", .type = type};
  out.max_length = max_length;
  out.label = "Champ montré";
  return out;
}

Field coded() {
  Field out = field(FieldType::kCode);
  out.codes = {"V1", "V2"};
  return out;
}

void accepts(const Field& one, std::string_view typed, const Value& expected) {
  const auto value = parse(one, typed);
  ASSERT_TRUE(value.has_value()) << typed << ": " << value.error().message;
  EXPECT_EQ(*value, expected) << typed;
  EXPECT_TRUE(check(one, *value).has_value()) << typed;
}

void refuses(const Field& one, std::string_view typed, ErrorCode code = ErrorCode::kInvalidArgument) {
  const auto value = parse(one, typed);
  ASSERT_FALSE(value.has_value()) << typed;
  EXPECT_EQ(value.error().code, code) << typed;
  EXPECT_TRUE(is_valid_utf8(value.error().message)) << typed;
}

TEST(Values, TextsAreBoundedInCodePoints) {
  accepts(field(FieldType::kText, 4), "étés", Value("étés"));
  refuses(field(FieldType::kText, 4), "étésX", ErrorCode::kTooLarge);
  accepts(field(FieldType::kText, 9), " a\r\nb ", Value(" a\nb "));
  accepts(field(FieldType::kText, 4), "", Value{});
  refuses(field(FieldType::kText, 4), "\xff", ErrorCode::kNotUtf8);
}

TEST(Values, ATextGrownByAMergeMayShrinkStepByStep) {
  const Field one = field(FieldType::kText, 4);
  EXPECT_TRUE(check(one, Value("abcde"), Value("abcdef")).has_value());
  EXPECT_TRUE(check(one, Value("abcdef"), Value("abcdef")).has_value());
  EXPECT_EQ(check(one, Value("abcdefg"), Value("abcdef")).error().code, ErrorCode::kTooLarge);
}

TEST(Values, LabelsHaveOneLine) {
  accepts(field(FieldType::kLabel, 3), "  abc ", Value("abc"));
  refuses(field(FieldType::kLabel, 3), "abcd", ErrorCode::kTooLarge);
  refuses(field(FieldType::kLabel, 9), "a\nb");
}

TEST(Values, Integers) {
  accepts(field(FieldType::kInteger), "12 500", Value(std::int64_t{12500}));
  accepts(field(FieldType::kInteger), "-3,00", Value(std::int64_t{-3}));
  accepts(field(FieldType::kInteger), "9223372036854775807", Value(INT64_MAX));
  for (std::string_view typed : {"9223372036854775808", "1,5", "douze", "1e3"})
    refuses(field(FieldType::kInteger), typed);
  EXPECT_FALSE(check(field(FieldType::kInteger), Value("12")).has_value());
}

TEST(Values, Booleans) {
  for (std::string_view typed : {"oui", "Vrai", "1", " TRUE "})
    accepts(field(FieldType::kBoolean), typed, Value(std::int64_t{1}));
  for (std::string_view typed : {"non", "faux", "0"})
    accepts(field(FieldType::kBoolean), typed, Value(std::int64_t{0}));
  refuses(field(FieldType::kBoolean), "peut-être");
  EXPECT_FALSE(check(field(FieldType::kBoolean), Value(std::int64_t{2})).has_value());
  EXPECT_FALSE(check(field(FieldType::kLabel, 9), Value(std::int64_t{1})).has_value());
}

TEST(Values, Dates) {
  for (std::string_view typed : {"2028-02-29", "2000-02-29", "1900-01-01", "2027-12-31"}) {
    accepts(field(FieldType::kDate), typed, Value(std::string(typed)));
  }
  for (std::string_view typed : {"2027-02-29", "2100-02-29", "2027-04-31", "2027-13-01", "2027-00-10", "2027-01-00",
                                 "1899-12-31", "27-01-01", "01/01/2027", "2027-1-1", "2027-01-1x"}) {
    refuses(field(FieldType::kDate), typed);
  }
}

TEST(Values, CodesNameWhatIsPossible) {
  accepts(coded(), "V1", Value("V1"));
  refuses(coded(), "V3");
  EXPECT_THAT(parse(coded(), "v1").error().message, HasSubstr("V1, V2"));
}

TEST(Values, MeasuresAndReferences) {
  accepts(field(FieldType::kMeasure), "80,5", Value("80,5"));
  accepts(field(FieldType::kMeasure), std::string(120, 'x'), Value(std::string(120, 'x')));
  refuses(field(FieldType::kMeasure), std::string(121, 'x'));
  accepts(field(FieldType::kOwner), "01234567-89AB-7607-8809-0A0B0C0D0E0F",
          Value("01234567-89ab-7607-8809-0a0b0c0d0e0f"));
  refuses(field(FieldType::kReference), "01234567");
}

TEST(Values, AMessageNamesTheFieldAsPeopleKnowItAndStaysUtf8) {
  const auto value = parse(field(FieldType::kDate), std::string(79, 'x') + "éé");
  EXPECT_THAT(value.error().message, HasSubstr("« Champ montré »"));
  EXPECT_TRUE(is_valid_utf8(value.error().message));
}

TEST(Values, AnEmptyTextIsNoValue) {
  EXPECT_TRUE(is_empty(Value("")));
  EXPECT_TRUE(is_empty(Value{}));
  EXPECT_FALSE(is_empty(Value(std::int64_t{0})));
  EXPECT_EQ(check(field(FieldType::kLabel, 9), Value("")).error().code, ErrorCode::kMalformed);
}

TEST(Values, TwoWritingsOfOneMeasureAreOneValue) {
  const Field one = field(FieldType::kMeasure);
  const auto same = [&](const char* a, const char* b) { return same_value(one, Value(a), Value(b)); };
  EXPECT_TRUE(same("80,5", "80.50"));
  EXPECT_TRUE(same("12 500", "12\u00a0500"));
  EXPECT_TRUE(same("12 500", "12\u202f500,0"));
  EXPECT_TRUE(same("007", "7"));
  EXPECT_TRUE(same("-0", "0"));
  EXPECT_TRUE(same("Oui", "oui "));
  EXPECT_FALSE(same("80,5", "81,0"));
  EXPECT_FALSE(same("oui", "non"));
  EXPECT_FALSE(same_value(one, Value{}, Value("0")));
  EXPECT_TRUE(same_value(one, Value{}, Value{}));
}

TEST(Values, OtherTypesCompareAsWritten) {
  EXPECT_TRUE(same_value(field(FieldType::kLabel, 9), Value("a"), Value(" a ")));
  EXPECT_FALSE(same_value(field(FieldType::kLabel, 9), Value("80,5"), Value("80.5")));
  EXPECT_FALSE(same_value(field(FieldType::kText, 9), Value("a"), Value("a ")));
  EXPECT_FALSE(same_value(field(FieldType::kInteger), Value(std::int64_t{1}), Value(std::int64_t{2})));
}

Schema small() {
  Field phase = field(FieldType::kPhase);
  phase.codes = {"ouvert", "clos"};
  Field note{.number = 2, .name = "note", .type = FieldType::kText};
  note.max_length = 10;
  note.write = {1, 1};
  Schema schema;
  schema.roles = {{"correspondant", Party::kStructure}, {"negociateur", Party::kAgence}};
  schema.phases = {"ouvert", "clos"};
  schema.kinds = {{.number = 1, .name = "racine", .fields = {phase, note}}};
  return schema;
}

TEST(Tables, ATableThatContradictsItselfIsSeen) {
  EXPECT_TRUE(validate(small()).has_value());
  EXPECT_FALSE(validate(Schema{}).has_value());
  const auto broken = [](const std::function<void(Schema&)>& breaks) {
    Schema schema = small();
    breaks(schema);
    return !validate(schema).has_value();
  };
  EXPECT_TRUE(broken([](Schema& s) { s.kinds[0].fields[1].number = 1; }));
  EXPECT_TRUE(broken([](Schema& s) { s.kinds[0].fields[1].number = 0; }));
  EXPECT_TRUE(broken([](Schema& s) { s.kinds[0].fields[1].name = "champ"; }));
  EXPECT_TRUE(broken([](Schema& s) { s.kinds[0].fields[1].max_length = 0; }));
  EXPECT_TRUE(broken([](Schema& s) { s.kinds[0].fields[1].write = {1, 1, 1}; }));
  EXPECT_TRUE(broken([](Schema& s) { s.kinds[0].fields[1].audience = Audience::kAgence; }))
      << "the structure may not read it";
  EXPECT_TRUE(broken([](Schema& s) { s.kinds[0].fields[1].publishes_to = 9; }));
  EXPECT_TRUE(broken([](Schema& s) { s.kinds[0].fields[0].codes = {"ouvert"}; }));
  EXPECT_TRUE(broken([](Schema& s) { s.kinds[0].fields[1].type = FieldType::kOwner; })) << "owner of no kind";
  EXPECT_TRUE(broken([](Schema& s) { s.kinds.push_back(s.kinds[0]); }));
  EXPECT_TRUE(broken([](Schema& s) { s.phases.resize(33); }));
}

TEST(Tables, RightsFollowRoleAndPhase) {
  const Schema schema = small();
  const Field* note = schema.root().field("note");
  ASSERT_NE(note, nullptr);
  EXPECT_TRUE(note->writable(0, 0));
  EXPECT_FALSE(note->writable(0, 1));
  EXPECT_FALSE(note->writable(2, 0));
  EXPECT_TRUE(readable(Audience::kShared, Party::kAgence));
  EXPECT_FALSE(readable(Audience::kStructure, Party::kAgence));
  EXPECT_EQ(schema.role("negociateur"), 1);
  EXPECT_EQ(schema.role("inconnu"), std::nullopt);
  EXPECT_EQ(schema.phase("clos"), 1u);
}

}  // namespace
}  // namespace navette::schema
