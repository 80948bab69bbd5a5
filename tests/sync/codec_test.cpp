// The wire: golden bytes, round trips, and bytes that nobody honest sends.
#include "navette/sync/codec.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "navette/base/hex.hpp"
#include "navette/sync/frame.hpp"
#include "sample_messages.hpp"

namespace navette::test {
namespace {

using sync::Message;

std::map<std::string, std::string> golden() {
  std::map<std::string, std::string> lines;
  std::ifstream file(NAVETTE_TEST_DATA "/golden_v1.txt");
  std::string name;
  std::string bytes;
  while (file >> name >> bytes) lines[name] = bytes;
  return lines;
}

TEST(CodecTest, BytesOfVersionOneNeverChange) {
  const std::map<std::string, std::string> expected = golden();
  EXPECT_EQ(expected.size(), std::variant_size_v<Message>);
  for (const Sample& sample : sample_messages()) {
    const auto line = expected.find(sample.name);
    const std::string bytes = to_hex(sync::encode(sample.message));
    ASSERT_NE(line, expected.end()) << sample.name << ' ' << bytes;
    EXPECT_EQ(line->second, bytes) << sample.name;
  }
}

TEST(CodecTest, WhatIsEncodedDecodesToTheSame) {
  for (const Sample& sample : sample_messages()) {
    const auto decoded = sync::decode<Message>(sync::encode(sample.message));
    ASSERT_TRUE(decoded) << sample.name;
    EXPECT_EQ(*decoded, sample.message) << sample.name;
  }
  RandomText random(11);
  for (int i = 0; i < 5'000; ++i) {
    const Message message = random_message(random);
    const auto decoded = sync::decode<Message>(sync::encode(message));
    ASSERT_TRUE(decoded) << i << ": " << decoded.error().message;
    EXPECT_EQ(*decoded, message);
  }
}

// An error, or something with one writing only.
void expect_sane(const Bytes& bytes) {
  const auto decoded = sync::decode<Message>(bytes);
  if (decoded) {
    EXPECT_EQ(sync::encode(*decoded), bytes);
  } else {
    EXPECT_TRUE(decoded.error().code == ErrorCode::kMalformed || decoded.error().code == ErrorCode::kTooLarge);
  }
}

TEST(CodecTest, EveryTruncationIsAnError) {
  for (const Sample& sample : sample_messages()) {
    const Bytes bytes = sync::encode(sample.message);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_FALSE(sync::decode<Message>(BytesView(bytes).substr(0, size))) << sample.name << " cut at " << size;
    }
    EXPECT_FALSE(sync::decode<Message>(bytes + '\0')) << sample.name << " with a byte too many";
  }
}

TEST(CodecTest, EveryDamagedByteIsAnErrorOrAnotherMessage) {
  for (const Sample& sample : sample_messages()) {
    const Bytes bytes = sync::encode(sample.message);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      for (const int flip : {0x01, 0x80, 0xff, 0x40}) {
        Bytes damaged = bytes;
        damaged[i] = static_cast<char>(damaged[i] ^ flip);
        expect_sane(damaged);
      }
    }
  }
}

TEST(CodecTest, DamagedPushesAndRevisionsAreErrorsOrOthers) {
  const std::vector<Sample> samples = sample_messages();
  for (const Sample& sample : samples) {
    const auto* message = std::get_if<sync::PushMessage>(&sample.message);
    if (message == nullptr) continue;
    for (std::size_t i = 0; i < message->push.size(); ++i) {
      Bytes damaged = message->push;
      damaged[i] = static_cast<char>(damaged[i] ^ 0x11);
      const auto push = sync::decode<sync::Push>(damaged);
      if (push) EXPECT_EQ(sync::encode(*push), damaged);
    }
  }
}

TEST(CodecTest, ACountThatTheInputCannotHoldCostsNoMemory) {
  RandomText random(5);
  for (const Sample& sample : sample_messages()) {
    const Bytes bytes = sync::encode(sample.message);
    for (std::size_t i = 1; i < bytes.size(); ++i) {
      // A huge varint where a count may stand.
      const Bytes huge = bytes.substr(0, i) + Bytes("\xff\xff\xff\xff\x7f", 5) + bytes.substr(i);
      expect_sane(huge);
    }
  }
}

sync::Snapshot with_records(std::vector<sync::RecordContent> records) {
  sync::Snapshot snapshot;
  snapshot.stream.records = std::move(records);
  return snapshot;
}

RecordId record_number(unsigned n) {
  RecordId made;
  made.value.fill(1);
  made.value[14] = static_cast<unsigned char>(n >> 8);
  made.value[15] = static_cast<unsigned char>(n);
  return made;
}

TEST(RecordColumnsTest, EveryDayIsADateAndComesBack) {
  std::vector<sync::RecordContent> records;
  unsigned n = 0;
  for (const char* date : {"0001-01-01", "0004-02-29", "1582-10-15", "1899-12-31", "1900-02-28", "1900-03-01",
                           "1970-01-01", "1999-12-31", "2000-02-29", "2019-12-31", "2020-01-01", "2020-02-29",
                           "2024-12-31", "2027-01-01", "2100-02-28", "9999-12-31"}) {
    records.push_back({record_number(n++), 1, {}, {{1, schema::Value(date)}}});
  }
  const Message message = with_records(records);
  EXPECT_EQ(sync::decode<Message>(sync::encode(message)).value(), message);
  // As dates they take three bytes at most, with the form of the column; as texts eleven.
  std::vector<sync::RecordContent> texts = records;
  texts.front().values.front().second = schema::Value("1900-02-29");
  const Message no_dates = with_records(texts);
  EXPECT_EQ(sync::decode<Message>(sync::encode(no_dates)).value(), no_dates);
  EXPECT_GT(sync::encode(no_dates).size(), sync::encode(message).size() + 7 * records.size());
}

TEST(RecordColumnsTest, WhatOnlyLooksLikeADateStaysAText) {
  for (const char* text : {"2027-02-29", "2027-13-01", "2027-00-10", "2027-04-31", "2027-1-001", "0000-01-01",
                           "2027/01/01", "2027-01-00", "-027-01-01", "2027-01-01 "}) {
    const Message message = with_records({{record_number(1), 1, {}, {{1, schema::Value(text)}}}});
    EXPECT_EQ(sync::decode<Message>(sync::encode(message)).value(), message) << text;
  }
}

TEST(RecordColumnsTest, CodesThatComeAgainTakeAByteEach) {
  std::vector<sync::RecordContent> records;
  const char* codes[] = {"negociation", "signature", "execution"};
  for (unsigned n = 0; n < 300; ++n) records.push_back({record_number(n), 1, {}, {{1, schema::Value(codes[n % 3])}}});
  const Message message = with_records(records);
  const Bytes bytes = sync::encode(message);
  EXPECT_EQ(sync::decode<Message>(bytes).value(), message);
  EXPECT_LT(bytes.size(), records.size() * 6 + 200);  // id 2 (and 1 for its kind, 1 for its owner), code 1
}

TEST(RecordColumnsTest, AThousandRecordsOfOneFieldOutOfTwoKeepTheirOwn) {
  std::vector<sync::RecordContent> records;
  for (unsigned n = 0; n < 1'000; ++n) {
    sync::RecordContent content{record_number(n), static_cast<schema::KindNumber>(1 + n % 2), {}, {}};
    if (n > 500) content.owner = record_number(n - 500);
    if (n % 3 != 0) content.values.emplace_back(1, schema::Value(static_cast<std::int64_t>(n)));
    if (n % 5 != 0) content.values.emplace_back(2, schema::Value(std::to_string(n)));
    records.push_back(content);
  }
  const Message message = with_records(records);
  EXPECT_EQ(sync::decode<Message>(sync::encode(message)).value(), message);
}

TEST(RecordColumnsTest, ATableUsedEverywhereStaysWithinTheMemoryThatItsBytesMayAskFor) {
  // One entry, then indices: each byte asks for a value in memory, no more than the budget of the message.
  std::vector<sync::RecordContent> records;
  for (unsigned n = 0; n < 5'000; ++n) {
    sync::RecordContent content{record_number(n), 1, {}, {}};
    for (schema::FieldNumber field = 1; field < 40; ++field) {
      content.values.emplace_back(field, schema::Value("seize caractères"));  // 17 bytes: too long for a table
    }
    records.push_back(content);
  }
  const Message longer = with_records(records);
  EXPECT_EQ(sync::decode<Message>(sync::encode(longer)).value(), longer);
  for (sync::RecordContent& content : records) {
    for (auto& [field, value] : content.values) value = "quinze lettres.";
  }
  const Message message = with_records(records);
  EXPECT_EQ(sync::decode<Message>(sync::encode(message)).value(), message);
}

TEST(FrameTest, ABatchArrivesWholeWhateverItsSize) {
  RandomText random(3);
  std::vector<Message> batch;
  for (int i = 0; i < 300; ++i) batch.push_back(random_message(random));
  sync::RefusalNotice large;
  large.value = schema::Value(random.text(900'000, U"abcdefghijklmnopqrstuvwxyz0123456789é"));
  batch.emplace_back(large);
  sync::Unpacker unpacker(sync::kBatchBytesFromServer);
  std::optional<std::vector<Message>> got;
  for (const Bytes& frame : sync::pack(batch)) {
    EXPECT_LE(frame.size(), sync::kFrameBytes);
    EXPECT_FALSE(got);
    got = unpacker.feed(frame).value();
  }
  ASSERT_TRUE(got);
  EXPECT_EQ(*got, batch);
}

TEST(FrameTest, DamagedFramesAreErrors) {
  const std::vector<Bytes> frames = sync::pack({sample_messages()[5].message, sample_messages()[8].message});
  ASSERT_EQ(frames.size(), 1);
  for (std::size_t i = 0; i < frames[0].size(); ++i) {
    Bytes damaged = frames[0];
    damaged[i] = static_cast<char>(damaged[i] ^ 0x55);
    sync::Unpacker unpacker(sync::kBatchBytesFromReplica);
    (void)unpacker.feed(damaged);
  }
  sync::Unpacker small(16);
  EXPECT_FALSE(small.feed(frames[0]));
  sync::Unpacker unpacker(sync::kBatchBytesFromReplica);
  EXPECT_FALSE(unpacker.feed(""));
  EXPECT_FALSE(unpacker.feed(Bytes("\x08", 1)));
}

}  // namespace
}  // namespace navette::test
