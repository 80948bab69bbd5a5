// Two worlds that differ only in what somebody may not read: to them they are the same, byte for byte.
#include <gtest/gtest.h>

#include <functional>

#include "contract.hpp"
#include "navette/cpom/numbers.hpp"
#include "navette/cpom/schema.hpp"
#include "navette/sync/codec.hpp"
#include "navette/sync/frame.hpp"
#include "seen.hpp"
#include "support/temporary_directory.hpp"
#include "world.hpp"

namespace navette::test {
namespace {

using namespace sync;
namespace diagnostic = cpom::diagnostic;
namespace engagement = cpom::engagement;
namespace indicateur = cpom::indicateur;

// Who looks on, and who does in secret what the other party is not to notice.
struct Sides {
  std::string observer_role, hidden_role;
  FieldNumber own_draft, hidden_draft, hidden_public;
  Audience own, hidden;
};
const Sides kStructureLooks{"correspondant",           "negociateur",    diagnostic::kBrouillonStructure,
                            diagnostic::kBrouillonArs, diagnostic::kArs, Audience::kStructure,
                            Audience::kAgence};
const Sides kAgenceLooks{
    "negociateur",          "correspondant",   diagnostic::kBrouillonArs, diagnostic::kBrouillonStructure,
    diagnostic::kStructure, Audience::kAgence, Audience::kStructure};

struct Heard {
  std::string step;
  std::vector<Bytes> frames;
};

constexpr const char* kOwnEj = "750712184";
constexpr const char* kOtherEj = "990001000";

class Story {
 public:
  Story(const Sides& sides, bool secrets) : sides_(sides), secrets_(secrets) {
    observer_ = world_.add_person("Claire", sides.observer_role, std::string("ej:") + kOwnEj, 1);
    colleague_ = world_.add_person("Colette", sides.observer_role, std::string("ej:") + kOwnEj, 2);
    open_ = world_.add_person("Nadia", sides.hidden_role, std::string("ej:") + kOwnEj, 3);
    hidden_ = world_.add_person("Omar", sides.hidden_role, std::string("ej:") + kOwnEj, 4);
    hidden_too_ = world_.add_person("Olga", sides.hidden_role, std::string("ej:") + kOwnEj, 5);
    stranger_ = world_.add_person("Paul", "correspondant", std::string("ej:") + kOtherEj, 6);
    dossier_ = world_.add_dossier(kOwnEj, "75", 1);
  }

  // Happens in both worlds.
  void both(const std::string& step, const std::function<void()>& act) {
    world_.begin(step, ++minutes_);
    act();
    world_.settle();
    log_.push_back({step, World::heard(observer_)});
  }
  // Happens in one world only, and the observer must hear nothing of it.
  void secret(const std::string& step, const std::function<void()>& act) {
    if (!secrets_) return;
    world_.begin(step, ++minutes_);
    act();
    world_.settle();
    --minutes_;
    EXPECT_TRUE(World::heard(observer_).empty()) << "something was said about: " << step;
  }

  [[nodiscard]] FieldRef at(unsigned char kind, unsigned char n, FieldNumber field) const {
    return {World::record(dossier_, kind, n), kind, field};
  }
  [[nodiscard]] FieldRef hidden_at(unsigned char n) const { return at(diagnostic::kKind, n, sides_.hidden_draft); }
  [[nodiscard]] FieldRef objectif() const { return at(engagement::kKind, 1, engagement::kObjectif); }
  [[nodiscard]] FollowOne from_nothing(const DossierId& dossier) const { return {dossier, {}, {}}; }

  void catch_up_and_live();
  void asking();
  void foreign_dossiers();
  void after_removal_and_backup();

  const Sides& sides_;
  const bool secrets_;
  World world_;
  Person observer_, colleague_, open_, hidden_, hidden_too_, stranger_;
  DossierId dossier_;
  std::int64_t minutes_ = 0;
  std::vector<Heard> log_;
};

void Story::catch_up_and_live() {
  secret("drafts, a conflict among them, a refusal and presences before anybody looks", [&] {
    world_.connect(hidden_, {from_nothing(dossier_)});
    world_.connect(hidden_too_, {from_nothing(dossier_)});
    world_.push(hidden_, dossier_, {edit(hidden_at(1), {}, Value{"Rien à signaler."})});
    world_.push(hidden_, dossier_, {edit(hidden_at(2), {}, Value{"Une note sur le second."})});
    world_.push(hidden_too_, dossier_, {edit(hidden_at(1), {}, Value{"Tout est à revoir."})});
    world_.push(hidden_, dossier_, {edit(at(diagnostic::kKind, 1, sides_.own_draft), {}, Value{"Intrus."})});
    world_.say(hidden_, {Presence{dossier_, hidden_at(1), true, {}}});
  });
  both("first catch-up", [&] { world_.connect(observer_, {from_nothing(dossier_)}); });
  both("the other party and a colleague come", [&] {
    world_.connect(open_, {from_nothing(dossier_)});
    world_.connect(colleague_, {from_nothing(dossier_)});
  });
  secret("typing, leaving and coming in private fields", [&] {
    world_.say(hidden_, {Presence{dossier_, hidden_at(1), false, {}}});
    world_.push(hidden_, dossier_, {edit(hidden_at(2), Value{"Une note sur le second."}, Value{"Une autre note."})});
    world_.say(hidden_, {Presence{dossier_, hidden_at(2), true, {}}});
    world_.connect(hidden_, {from_nothing(dossier_)});
  });
  both("a shared change of the other party",
       [&] { world_.push(open_, dossier_, {edit(objectif(), Value{"Un but."}, Value{"Un but plus haut."})}); });
  both("a conflict of the observer's",
       [&] { world_.push(observer_, dossier_, {edit(objectif(), Value{"Un but."}, Value{"Un but bien à soi."})}); });
  both("somebody is in a shared field", [&] { world_.say(open_, {Presence{dossier_, objectif(), true, {}}}); });
  secret("settling a private conflict", [&] {
    const auto state = world_.store().state(dossier_).value();
    for (const auto& [id, conflict] : state.open) {
      if (conflict.audience != sides_.hidden) continue;
      world_.push(hidden_, dossier_,
                  {ResolveConflict{id, conflict.version, {}, Choice::kCommitted, {}, conflict.at},
                   ImproveConflict{id, conflict.at, conflict.incoming, Value{"Encore autre chose."}}});
    }
  });
}

// Everything that a modified client may ask about what is not its to read.
void Story::asking() {
  both("forbidden changes", [&] {
    const ShortHash first = shorten(first_chain(dossier_, sides_.hidden));
    for (const Base& base : {Base{Carried{{}, {}}}, Base{AtRevision{{0}, first}}, Base{AtRevision{{1}, {}}},
                             Base{AtRevision{{2}, first}}, Base{AtRevision{{50}, {}}}}) {
      EditText typed = edit(hidden_at(1), {}, Value{"Rien à signaler."});
      typed.base = base;
      PublishText published =
          publish(at(diagnostic::kKind, 1, sides_.hidden_public), sides_.hidden_draft, {}, Value{"Rien à signaler."});
      published.base = base;
      world_.push(observer_, dossier_, {typed, published, SetValue{hidden_at(1), base, Value{"Un texte."}}});
    }
    world_.push(observer_, dossier_,
                {SalvageValue{hidden_at(1), {}, Value{"Rien à signaler."}},
                 SalvageValue{hidden_at(2), {}, Value{"Une autre note."}}});
  });
  both("history", [&] {
    world_.say(observer_, {HistoryRequest{1, dossier_, {}, 0, 500}, HistoryRequest{2, dossier_, {}, 0, 1},
                           HistoryRequest{3, dossier_, hidden_at(1).record, 0, 500},
                           HistoryRequest{4, dossier_, hidden_at(1).record, sides_.hidden_draft, 500}});
  });
  both("repairs", [&] {
    for (const Audience audience : schema::kAudiences) {
      world_.say(observer_, {RepairRequest{dossier_, audience, {3}, {}},
                             RepairRequest{dossier_, audience, {3}, {{hidden_at(1).record, {}}}}});
    }
  });
  both("presence where it reads nothing", [&] { world_.say(observer_, {Presence{dossier_, hidden_at(1), true, {}}}); });
  both("claims of other heads", [&] {
    world_.connect(observer_, {{dossier_,
                                {{Audience::kShared, {2}, {}},
                                 {sides_.hidden, {1}, {}},
                                 {sides_.hidden, {90}, shorten(first_chain(dossier_, sides_.hidden))}},
                                {}}});
  });
  both("claims of more than there is", [&] {
    world_.connect(observer_, {{dossier_, {{Audience::kShared, {90}, {}}, {sides_.own, {90}, {}}}, {}}});
    for (const Audience audience : schema::kAudiences) {
      world_.say(observer_, {Kept{dossier_, audience, {{{91}, {}, {}, "rien"}}, true}});
    }
  });
}

void Story::foreign_dossiers() {
  DossierId other;
  other.value = {1, 1, 2, 0, 0, 0, 0x70, 0, 0x80};
  other.value[15] = 1;
  secret("other people, other dossiers, other scopes", [&] {
    EXPECT_EQ(world_.add_dossier(kOtherEj, "92", 2), other);
    world_.hub().refresh_scopes();
    world_.connect(stranger_, {from_nothing(other)});
    const FieldRef there{World::record(other, engagement::kKind, 1), engagement::kKind, engagement::kObjectif};
    world_.push(stranger_, other, {edit(there, Value{"Un but."}, Value{"Un but ailleurs."})});
    world_.say(stranger_, {Presence{other, there, true, {}}});
    server::Account changed = stranger_.account;
    changed.scope = "ej:000000000";
    EXPECT_TRUE(world_.store().change_account(changed));
    world_.hub().refresh_scopes();
    EXPECT_TRUE(world_.store().revoke_device(stranger_.device.id, world_.now()));
  });
  both("asking for a dossier out of scope", [&] {
    const FieldRef there{World::record(other, engagement::kKind, 1), engagement::kKind, engagement::kObjectif};
    world_.say(observer_, {Follow{{from_nothing(other)}}, HistoryRequest{7, other, {}, 0, 500},
                           RepairRequest{other, Audience::kShared, {1}, {}}, Presence{other, there, true, {}},
                           Kept{other, Audience::kShared, {}, true}});
    world_.push(observer_, other, {edit(there, Value{"Un but."}, Value{"Le mien."})});
    // Its records, in the dossier that one has.
    world_.push(observer_, dossier_,
                {edit(there, Value{"Un but."}, Value{"Le mien."}), RemoveRecord{there.record, there.kind, {}},
                 CreateRecord{World::record(dossier_, indicateur::kKind, 8), indicateur::kKind, there.record}});
    world_.say(observer_, {HistoryRequest{8, dossier_, there.record, 0, 500}, Presence{dossier_, there, true, {}}});
  });
}

void Story::after_removal_and_backup() {
  both("removing a record that may hold somebody's private text", [&] {
    const RecordId gone = World::record(dossier_, diagnostic::kKind, 2);
    RecordContent shared{gone, diagnostic::kKind, {}, {{diagnostic::kPartage, Value{"Un constat."}}}};
    RecordContent own{gone, diagnostic::kKind, {}, {}};
    const auto party = sides_.own == Audience::kStructure ? Party::kStructure : Party::kAgence;
    world_.push(observer_, dossier_,
                {RemoveRecord{gone, diagnostic::kKind, {{gone, readable_hash(shared, own, party)}}}});
    EXPECT_EQ(world_.store().state(dossier_).value().alive(gone), nullptr);
  });
  secret("what was private of it comes back to its own", [&] {
    world_.push(hidden_, dossier_, {edit(hidden_at(1), Value{"Rien à signaler."}, Value{"Si : le retrait."})});
  });
  both("a backup", [&] {
    const test::TemporaryDirectory elsewhere("navette-copie");
    EXPECT_TRUE(world_.store().backup_to(elsewhere.path() / "copie", world_.now()));
    std::vector<Covered> all;
    for (const auto& row : world_.store().dossiers().value()) {
      all.push_back({row.id, world_.store().covered(row.id).value()});
    }
    world_.hub().covered(all);
  });
  both("coming back", [&] { world_.connect(observer_, {from_nothing(dossier_)}); });
  both("coming back knowing all", [&] {
    std::vector<StreamHead> heads;
    for (const StreamHead& head : world_.store().heads(dossier_).value()) {
      if (head.audience != sides_.hidden) heads.push_back(head);
    }
    world_.connect(observer_, {{dossier_, heads, {}}});
  });
}

std::vector<Heard> lived(const Sides& sides, bool secrets) {
  Story story(sides, secrets);
  story.catch_up_and_live();
  story.asking();
  story.foreign_dossiers();
  story.after_removal_and_backup();
  return std::move(story.log_);
}

// The messages of some frames, for people who look for the difference.
std::string told(const std::vector<Bytes>& frames) {
  std::string text;
  Unpacker unpacker(kBatchBytesFromServer);
  for (const Bytes& frame : frames) {
    const auto batch = unpacker.feed(frame);
    text += "frame of " + std::to_string(frame.size()) + " :";
    if (batch && *batch) {
      for (const Message& message : **batch) {
        text += " " + std::to_string(message.index()) + "/" + std::to_string(encode(message).size());
      }
    }
    text += "\n";
  }
  return text;
}

void expect_same(const std::vector<Heard>& plain, const std::vector<Heard>& with_secrets) {
  ASSERT_EQ(plain.size(), with_secrets.size());
  std::size_t frames = 0;
  for (std::size_t i = 0; i < plain.size(); ++i) {
    EXPECT_EQ(plain[i].frames, with_secrets[i].frames) << plain[i].step << "\n  without the secrets:\n"
                                                       << told(plain[i].frames) << "  with them:\n"
                                                       << told(with_secrets[i].frames);
    frames += plain[i].frames.size();
  }
  EXPECT_GT(frames, 15U);
}

TEST(TwoWorlds, TheStructureCannotTellWhatTheAgencyDoesInPrivateOrElsewhere) {
  expect_same(lived(kStructureLooks, false), lived(kStructureLooks, true));
}

TEST(TwoWorlds, TheAgencyCannotTellWhatTheStructureDoesInPrivateOrElsewhere) {
  expect_same(lived(kAgenceLooks, false), lived(kAgenceLooks, true));
}

// Blanks what the server alone can read, and what is derived from it.
void blank(Conflict& conflict) { conflict.push = {}; }
void blank(StreamSnapshot& stream) {
  stream.chain = {};
  stream.code = {};
  for (Conflict& conflict : stream.conflicts) blank(conflict);
}
void blank(std::vector<StreamHead>& heads) {
  for (StreamHead& head : heads) head.chain = {};
}
void blank(Message& message) {
  if (auto* snapshot = std::get_if<Snapshot>(&message)) blank(snapshot->stream);
  if (auto* repair = std::get_if<Repair>(&message)) blank(repair->stream);
  if (auto* receipt = std::get_if<ReceiptMessage>(&message)) blank(receipt->receipt.heads);
  if (auto* covered = std::get_if<Covered>(&message)) blank(covered->heads);
  auto* revisions = std::get_if<Revisions>(&message);
  if (revisions == nullptr) return;
  for (RevisionEnvelope& envelope : revisions->envelopes) {
    auto body = decode<RevisionBody>(envelope.body).value();
    body.push = {};
    body.push_hash = {};
    for (Operation& operation : body.operations) {
      if (auto* changed = std::get_if<ConflictChanged>(&operation)) blank(changed->conflict);
    }
    envelope.body = encode(body);
    envelope.code = {};
  }
}

// Per frame the bytes of each message before compression, and what it says but for the blanks.
std::vector<std::vector<std::pair<std::size_t, Bytes>>> readable_part(const std::vector<Bytes>& frames) {
  std::vector<std::vector<std::pair<std::size_t, Bytes>>> all;
  Unpacker unpacker(kBatchBytesFromServer);
  for (const Bytes& frame : frames) {
    auto& one = all.emplace_back();
    auto batch = unpacker.feed(frame).value();
    if (!batch) continue;
    for (Message& message : *batch) {
      const std::size_t size = encode(message).size();
      blank(message);
      one.emplace_back(size, encode(message));
    }
  }
  return all;
}

// The same device writes private and shared things: what it numbers and hashes as it goes tells nothing either.
TEST(TwoWorlds, ADeviceThatWritesPrivatelyInBetweenLooksLikeOneThatDoesNot) {
  const auto lived_with = [](bool secrets) {
    Story story(kStructureLooks, secrets);
    const DossierId& dossier = story.dossier_;
    story.both("everybody comes", [&] {
      story.world_.connect(story.open_, {story.from_nothing(dossier)});
      story.world_.connect(story.observer_, {story.from_nothing(dossier)});
    });
    story.secret("many private pushes", [&] {
      for (int i = 0; i < 300; ++i) {
        story.world_.push(story.open_, dossier,
                          {edit(story.hidden_at(1), i == 0 ? Value{} : Value{"Note " + std::to_string(i - 1)},
                                Value{"Note " + std::to_string(i)})});
      }
    });
    story.both("a shared change", [&] {
      story.world_.push(story.open_, dossier, {edit(story.objectif(), Value{"Un but."}, Value{"Un but plus haut."})});
    });
    story.secret("one more",
                 [&] { story.world_.push(story.open_, dossier, {edit(story.hidden_at(2), {}, Value{"Non."})}); });
    story.both("and a conflict", [&] {
      story.world_.push(story.open_, dossier, {edit(story.objectif(), Value{"Un but."}, Value{"Tout autre."})});
    });
    story.both("coming back", [&] { story.world_.connect(story.observer_, {story.from_nothing(dossier)}); });
    return std::move(story.log_);
  };
  const auto plain = lived_with(false);
  const auto with_secrets = lived_with(true);
  ASSERT_EQ(plain.size(), with_secrets.size());
  for (std::size_t i = 0; i < plain.size(); ++i) {
    EXPECT_EQ(readable_part(plain[i].frames), readable_part(with_secrets[i].frames)) << plain[i].step;
  }
}

// That the comparison can fail.
TEST(TwoWorlds, AReaderOfTheStreamDoesTellTheWorldsApart) {
  const auto plain = [](bool secrets) {
    Story story(kStructureLooks, secrets);
    std::swap(story.observer_, story.hidden_too_);
    story.both("a colleague of the secretive comes",
               [&] { story.world_.connect(story.observer_, {story.from_nothing(story.dossier_)}); });
    if (secrets) {
      story.world_.connect(story.hidden_, {story.from_nothing(story.dossier_)});
      story.world_.push(story.hidden_, story.dossier_, {edit(story.hidden_at(1), {}, Value{"Un secret."})});
    }
    return World::heard(story.observer_).size();
  };
  EXPECT_EQ(plain(false), 0U);
  EXPECT_GT(plain(true), 0U);
}

}  // namespace
}  // namespace navette::test
