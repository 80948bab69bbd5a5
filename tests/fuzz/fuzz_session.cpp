// The server's sessions and store against hostile replicas: nobody is told what they may not read, and what is stored
// never contradicts itself.
#include <array>

#include "hostile.hpp"
#include "law.hpp"
#include "navette/sync/codec.hpp"
#include "navette/sync/frame.hpp"
#include "session_house.hpp"
#include "support/test_schema.hpp"
#include "targets.hpp"

namespace navette::fuzz {
namespace {

using namespace sync;

constexpr int kSteps = 24;  // a step may cost a commit

class Story {
 public:
  explicit Story(BytesView input) : script_(input), hostile_(script_, schema_) {
    for (std::size_t n = 0; n < 2; ++n) {
      hostile_.remember(house_.visitor(n).replica);
      begin(house_.visitor(n));
    }
  }

  void run() {
    for (int step = 0; step < kSteps && !script_.empty(); ++step) {
      const std::size_t who = script_.below(2);
      Visitor& visitor = house_.visitor(who);
      if (visitor.connection->closed() || script_.chance(3)) begin(visitor);
      one_step(visitor);
      learn();
    }
    learn();
    const auto problems = house_.store().verify();
    require(problems.has_value(), "the store can be verified");
    require(problems->empty(), problems->empty() ? "" : problems->front().text);
  }

 private:
  void begin(Visitor& visitor) {
    house_.connect(visitor);
    if (script_.chance(5)) return;
    say(visitor, {Hello{1, 1, schema_.version, "fuzz", visitor.replica, {}, {}}});
    if (script_.chance(10)) return;
    say(visitor, {Follow{{FollowOne{house_.dossier(), {}, {}}}}});
    house_.settle();
  }

  void one_step(Visitor& visitor) {
    switch (script_.below(16)) {
      case 0:
        return visitor.connection->hear(Bytes(script_.bytes(64)));
      case 1: {  // parts of frames that never end
        Bytes part(1, '\2');
        return visitor.connection->hear(part + Bytes(script_.bytes(64)));
      }
      case 2:
        return say(visitor, {hostile_.twisted(message(visitor))});
      case 3:
        return say(visitor, {hostile_.to_replica()});  // what only a server says
      default: {
        std::vector<Message> batch;
        for (std::uint32_t left = 1 + script_.below(3); left > 0; --left) batch.push_back(message(visitor));
        say(visitor, batch);
      }
    }
  }

  Message message(const Visitor& visitor) {
    const auto mark = state_.marks.find(visitor.replica);
    return hostile_.to_server(visitor.replica, mark == state_.marks.end() ? PushNumber{} : mark->second.number);
  }

  static void say(Visitor& visitor, const std::vector<Message>& batch) {
    for (Bytes& frame : pack(batch)) visitor.connection->hear(std::move(frame));
  }

  void learn() {
    house_.settle();
    auto state = house_.store().state(house_.dossier());
    require(state.has_value(), "the dossier can be read");
    state_ = std::move(*state);
    hostile_.see(state_);
    for (std::size_t n = 0; n < 2; ++n) read(house_.visitor(n), n == 0 ? Party::kStructure : Party::kAgence);
  }

  // What the session said is well formed and for these eyes.
  void read(Visitor& visitor, Party party) {
    Unpacker unpacker(kBatchBytesFromServer);
    for (const Bytes& frame : visitor.connection->take()) {
      const auto batch = unpacker.feed(frame);
      require(batch.has_value(), "a server's frames can be read");
      if (!*batch) continue;
      for (const Message& message : **batch) std::visit([&](const auto& said) { judge(said, party); }, message);
    }
  }

  template <class Any>
  void judge(const Any&, Party) {}
  void allow(Audience audience, Party party) { require(schema::readable(audience, party), "nobody reads the others'"); }
  void allow(const FieldRef& at, Party party) {
    const schema::Kind* kind = schema_.kind(at.kind);
    const schema::Field* field = kind == nullptr ? nullptr : kind->field(at.field);
    if (field != nullptr) allow(field->audience, party);
  }
  void judge(const Snapshot& said, Party party) { allow(said.stream.audience, party); }
  void judge(const Repair& said, Party party) { allow(said.stream.audience, party); }
  void judge(const Presence& said, Party party) { allow(said.at, party); }
  void judge(const Revisions& said, Party party) {
    allow(said.audience, party);
    for (const RevisionEnvelope& envelope : said.envelopes) {
      const auto body = decode<RevisionBody>(envelope.body);
      require(body.has_value(), "a revision can be read");
      for (const Operation& operation : body->operations) {
        if (const auto* set = std::get_if<ValueSet>(&operation)) allow(set->at, party);
        if (const auto* text = std::get_if<TextChanged>(&operation)) allow(text->at, party);
      }
    }
  }
  void judge(const Covered& said, Party party) {
    for (const StreamHead& head : said.heads) allow(head.audience, party);
  }
  void judge(const ReceiptMessage& said, Party party) {
    for (const StreamHead& head : said.receipt.heads) allow(head.audience, party);
  }
  void judge(const HistoryReply& said, Party party) {
    for (const HistoryEntry& entry : said.entries) {
      allow(entry.audience, party);
      allow(entry.at, party);
    }
  }

  const schema::Schema& schema_ = test::test_schema();
  SessionHouse house_;
  DossierState state_;
  Script script_;
  Hostile hostile_;
};

}  // namespace

void session(BytesView input) { Story(input).run(); }

}  // namespace navette::fuzz
