// Text, identities, hashes and the error table of common/base.
#include "navette/base/utf8.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "navette/base/base64.hpp"
#include "navette/base/hash.hpp"
#include "navette/base/hex.hpp"
#include "navette/base/id.hpp"

namespace navette {
namespace {

class CountingRandom : public Random {
 public:
  void fill(std::span<unsigned char> out) override {
    for (unsigned char& byte : out) byte = next_++;
  }

 private:
  unsigned char next_ = 0;
};

TEST(Utf8, AcceptsEveryLengthAndTheirEdges) {
  for (std::u32string_view text :
       {U"a", U"\u007f\u0080", U"é", U"\u07ff\u0800", U"€", U"\ud7ff\ue000", U"\uffff", U"\U00010000", U"\U0010ffff"}) {
    const std::string bytes = to_utf8(text);
    EXPECT_TRUE(is_valid_utf8(bytes)) << bytes;
    EXPECT_EQ(to_code_points(bytes), text);
    EXPECT_EQ(code_point_count(bytes), text.size());
  }
}

TEST(Utf8, RefusesWhatUnicodeRefuses) {
  using namespace std::string_view_literals;
  for (std::string_view bytes :
       {"\0"sv, "\x80"sv, "\xc0\x80"sv, "\xc1\xbf"sv, "\xe0\x9f\xbf"sv, "\xed\xa0\x80"sv, "\xf0\x8f\xbf\xbf"sv,
        "\xf4\x90\x80\x80"sv, "\xf5\x80\x80\x80"sv, "\xc3"sv, "\xe2\x82"sv, "\xf0\x9f\x98"sv, "\xc3("sv, "abc\xff"sv}) {
    EXPECT_FALSE(is_valid_utf8(bytes)) << to_hex(bytes);
    ASSERT_FALSE(normalized(bytes).has_value());
    EXPECT_EQ(normalized(bytes).error().code, ErrorCode::kNotUtf8);
  }
}

TEST(Utf8, NormalisesMarksLineEndsAndAccents) {
  EXPECT_EQ(normalized("\xef\xbb\xbfligne\r\nautre\rfin\n"), "ligne\nautre\nfin\n");
  EXPECT_EQ(normalized("e\u0301te\u0301"), "été");
  EXPECT_EQ(normalized("\xef\xbb\xbf\xef\xbb\xbfx"), "x") << "normalising twice changes nothing more";
  EXPECT_EQ(normalized(""), "");
  EXPECT_THAT(normalized("ab\xff").error().message, testing::HasSubstr("octet 3"));
  EXPECT_THAT(normalized(std::string_view("a\0b", 3)).error().message, testing::HasSubstr("caractère nul (octet 2)"));
  EXPECT_EQ(normalized("une\vdeux\ftrois\t."), "une\ndeux\ntrois\t.");
  EXPECT_EQ(normalized("« à part »\u00a0!"), "« à part »\u00a0!");
  for (const char* commands : {"rouge \x1b[31m", "cloche \a", "\x7f", "\u009b31m"}) {
    ASSERT_FALSE(normalized(commands).has_value()) << commands;
    EXPECT_EQ(normalized(commands).error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(Utf8, AnExcerptIsValidWhateverItIsTakenFrom) {
  EXPECT_EQ(excerpt("éléphant", 3), "élé");
  EXPECT_EQ(excerpt("court", 60), "court");
  EXPECT_EQ(excerpt("ab\xff", 60), "ab");
  EXPECT_EQ(excerpt("abc", 0), "");
}

TEST(Identity, TextAndBytesComeBack) {
  CountingRandom random;
  const RecordId id = RecordId::make_v7(Timestamp{0x0123456789ab}, random);
  EXPECT_EQ(id.text(), "01234567-89ab-7607-8809-0a0b0c0d0e0f");
  EXPECT_EQ(RecordId::parse(id.text()), id);
  EXPECT_EQ(RecordId::from_bytes(id.bytes()), id);
  EXPECT_FALSE(id.empty());
  EXPECT_TRUE(RecordId{}.empty());
  EXPECT_EQ(ConflictId::make_v4(random).text()[14], '4');
}

TEST(Identity, LaterIdsSortAfter) {
  CountingRandom random;
  EXPECT_LT(RecordId::make_v7(Timestamp{255}, random), RecordId::make_v7(Timestamp{256}, random));
}

TEST(Identity, RefusesOtherWritings) {
  for (std::string_view text :
       {"", "01234567", "0123456789ab76078809-0a0b0c0d0e0f0000", "g1234567-89ab-7607-8809-0a0b0c0d0e0f",
        "01234567-89ab-7607-8809-0a0b0c0d0e0f0", "\xff\xfe"}) {
    const auto parsed = RecordId::parse(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidArgument);
    EXPECT_TRUE(is_valid_utf8(parsed.error().message));
  }
  EXPECT_FALSE(RecordId::from_bytes("fifteen bytes..").has_value());
}

TEST(Hex, BothWays) {
  EXPECT_EQ(to_hex("\x01\xab"), "01ab");
  EXPECT_EQ(from_hex("01aB"), "\x01\xab");
  EXPECT_FALSE(from_hex("0").has_value());
  EXPECT_FALSE(from_hex("0g").has_value());
}

TEST(Hashing, KnownAnswers) {
  EXPECT_EQ(to_hex(sha256("abc").bytes()), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256({"a", "", "bc"}), sha256("abc"));
  // RFC 4231, cases 2 and 6 (a key longer than a block).
  EXPECT_EQ(to_hex(hmac_sha256("Jefe", {"what do ya want ", "for nothing?"}).bytes()),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(
      to_hex(hmac_sha256(std::string(131, '\xaa'), {"Test Using Larger Than Block-Size Key - Hash Key First"}).bytes()),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Hashing, ShortAndCompared) {
  EXPECT_EQ(to_hex(shorten(sha256("abc")).bytes()), "ba7816bf8f01cfea414140de5dae2223");
  EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_in_constant_time("abc", "ab"));
}

TEST(Hashing, ASetDigestForgetsOrderAndUndoes) {
  SetDigest one, other;
  one.add(sha256("a"));
  one.add(sha256("b"));
  other.add(sha256("b"));
  other.add(sha256("c"));
  other.add(sha256("a"));
  EXPECT_NE(one.short_hash(), other.short_hash());
  other.remove(sha256("c"));
  EXPECT_EQ(one, other);
  EXPECT_EQ(one.short_hash(), other.short_hash());
}

TEST(Errors, EveryCodeHasAnOwnNameAndAnAction) {
  std::set<std::string_view> names;
  std::set<std::string_view> actions;
  for (int code = 0; code < kErrorCodeCount; ++code) {
    const auto one = static_cast<ErrorCode>(code);
    EXPECT_FALSE(name_of(one).empty()) << code;
    EXPECT_TRUE(names.insert(name_of(one)).second) << name_of(one);
    actions.insert(name_of(action_of(one)));
  }
  EXPECT_EQ(static_cast<int>(ErrorCode::kInternal), kErrorCodeCount - 1);
  EXPECT_THAT(actions, testing::UnorderedElementsAre("correct", "retry", "resync", "reenrol", "upgrade", "stop"));
}

TEST(Base64, HasOneWriting) {
  for (const std::string& bytes : {std::string(), std::string("a"), std::string("ab"), std::string("\xfb\xff\0", 3)}) {
    const std::string text = to_base64url(bytes);
    EXPECT_EQ(from_base64url(text).value(), bytes);
    EXPECT_FALSE(from_base64url(text + "\n")) << text;
    EXPECT_FALSE(from_base64url(" " + text)) << text;
  }
  for (const char* text : {"A", "Cisr=", "+/+/", "QR", "Q\0Q", "é"}) EXPECT_FALSE(from_base64url(text)) << text;
}

}  // namespace
}  // namespace navette
