// W4 and W4×50: many devices come back at once, each with its offline edits.
#include "bench/storm.hpp"

#include <thread>

#include "bench/limits.hpp"
#include "bench/replica.hpp"
#include "navette/sync/codec.hpp"

namespace navette::bench {
namespace {

constexpr unsigned kEditsEach = 20;
constexpr double kLimitMs = 900'000;

std::uint64_t check_of(std::string_view text) {
  std::uint64_t check = 0;
  std::memcpy(&check, sha256(text).value.data(), sizeof check);
  return check;
}

// The net changes of one device over what the generator made, as its program would freeze them.
struct NetEdits {
  std::map<std::tuple<unsigned, unsigned, unsigned>, schema::Value> values;            // by contract, record, field
  std::map<std::pair<unsigned, unsigned>, std::pair<std::string, std::string>> texts;  // from, to
};

NetEdits net_edits(unsigned device, const Storm& storm) {
  NetEdits net;
  for (const Edit& edit : make_edits(std::to_string(device), kEditsEach, storm.contracts, {})) {
    if (edit.kind == Edit::Kind::kSet) {
      net.values[{edit.contract, edit.item, edit.field}] = value_of(edit.value);
      continue;
    }
    const auto [text, made] = net.texts.try_emplace({edit.contract, edit.item});
    if (made) text->second.first = text->second.second = make_text(edit.contract, edit.item);
    text->second.second = apply_edit(edit, text->second.second);
  }
  std::erase_if(net.values, [](const auto& item) {
    const auto& [contract, record, field] = item.first;
    return item.second == value_of(make_record(contract, record)[field]);
  });
  std::erase_if(net.texts, [](const auto& item) { return item.second.first == item.second.second; });
  return net;
}

std::map<unsigned, std::vector<sync::Change>> changes_of(const NetEdits& net, const Storm& storm,
                                                         const Positions& heads) {
  std::map<unsigned, std::vector<sync::Change>> changes;
  const auto base = [&](unsigned contract) {
    const Position& head = heads.at(storm.portfolio[contract].dossier);
    return sync::AtRevision{head.revision, shorten(head.chain)};
  };
  for (const auto& [at, value] : net.values) {
    const auto& [contract, record, field] = at;
    const sync::FieldRef place{storm.portfolio[contract].records[record], fiche::kKind, fiche::field(field)};
    changes[contract].emplace_back(sync::SetValue{place, base(contract), value});
  }
  for (const auto& [at, text] : net.texts) {
    const auto& [contract, item] = at;
    const sync::FieldRef place{storm.portfolio[contract].texts[item], texte::kKind, texte::kContenu};
    sync::Delta delta = sync::diff(text.first, text.second);
    changes[contract].emplace_back(sync::EditText{place, base(contract), std::move(delta), check_of(text.second), {}});
  }
  return changes;
}

Luggage pack(unsigned device, const Storm& storm, const Positions& heads, const ReplicaId& replica) {
  Luggage luggage;
  for (auto& [contract, changes] : changes_of(net_edits(device, storm), storm, heads)) {
    const DossierId& dossier = storm.portfolio[contract].dossier;
    sync::Push push{dossier, replica, PushNumber{1}, bench_schema().version, Timestamp{1}, std::move(changes)};
    luggage.pushes[dossier] = sync::encode(push);
    luggage.heads[dossier] = heads.at(dossier);
  }
  if (storm.follow_all) luggage.heads = heads;
  return luggage;
}

std::string scope_of(unsigned device, const Storm& storm) {
  if (storm.follow_all) return "all";
  std::string scope;
  for (const Edit& edit : make_edits(std::to_string(device), kEditsEach, storm.contracts, {}))
    scope += "ej:" + Portfolio::ej(edit.contract) + " ";
  return scope;
}

bool holds(const sync::DossierState& state, const sync::FieldRef& at, const schema::Value& value) {
  const sync::RecordState* record = state.record(at.record);
  const sync::FieldState* field = record == nullptr ? nullptr : record->field(at.field);
  return (field != nullptr && field->value == value) || std::ranges::any_of(state.open, [&](const auto& item) {
           return item.second.at == at && item.second.incoming == value;
         });
}

// Every value that a device set is in the state or in an open conflict.
void check_nothing_lost(Agency& agency, const Storm& storm) {
  const auto store = agency.open_store();
  std::map<unsigned, sync::DossierState> states;
  for (unsigned device = 0; device < storm.devices; ++device) {
    for (const auto& [at, value] : net_edits(device, storm).values) {
      const auto& [contract, record, field] = at;
      const auto [state, made] = states.try_emplace(contract);
      if (made) state->second = *must(store->state(storm.portfolio[contract].dossier), "a state");
      const sync::FieldRef place{storm.portfolio[contract].records[record], fiche::kKind, fiche::field(field)};
      if (!holds(state->second, place, value)) stop("a value of device " + std::to_string(device) + " was lost");
    }
  }
}

}  // namespace

StormOutcome run_storm(Agency& agency, const Storm& storm) {
  const Positions heads = positions_of(agency);
  const Identities identities =
      make_identities(agency, storm.devices, [&](unsigned device) { return scope_of(device, storm); });
  std::vector<Luggage> luggage;
  for (unsigned i = 0; i < storm.devices; ++i) luggage.push_back(pack(i, storm, heads, identities.devices[i].replica));

  agency.serve();
  auto crowd = std::make_unique<Fleet>(identities, agency.port(), std::move(luggage));
  Fleet& fleet = *crowd;
  StormOutcome outcome;
  const double cpu = agency.server().cpu_seconds();
  const Moment start = now();
  std::thread connecting([&] { fleet.connect_all(storm.over_ms); });
  if (!eventually([&] { return fleet.connected == storm.devices; }, kLimitMs)) stop("not every device connects");
  outcome.connected_ms = milliseconds_since(start);
  connecting.join();
  if (!eventually([&] { return fleet.receipts == fleet.expected_receipts(); }, kLimitMs)) stop("receipts are missing");
  outcome.receipts_ms = milliseconds_since(start);
  const auto wanted = fleet.final_heads();
  if (!eventually([&] { return fleet.all_have(wanted); }, kLimitMs)) stop("not every device has everything");
  outcome.everything_ms = milliseconds_since(start);
  outcome.server_cpu = agency.server().cpu_seconds() - cpu;
  outcome.server_mib = agency.server().peak_mib();
  outcome.refused_connections = fleet.refused;
  outcome.turned_away = fleet.turned_away;
  outcome.contested = fleet.contested;
  outcome.megabytes_in = static_cast<double>(fleet.bytes_in) / 1e6;
  outcome.pushes = fleet.expected_receipts();
  if (fleet.changes_refused != 0) stop("the server refused changes");
  if (fleet.lost != 0) stop("connections were lost");
  crowd.reset();
  agency.stop();
  check_nothing_lost(agency, storm);
  return outcome;
}

void storm_of_200(const Settings& settings, Table& table) {
  std::vector<double> receipts, everything, mib, cpu, in, away;
  std::size_t pushes = 0;
  for (unsigned i = 0; i < settings.runs; ++i) {
    const Place place(settings, "w4");
    Agency agency(place.path());
    agency.fill(50);
    const Storm storm{agency.portfolio(), settings.devices, 50, 0, true};
    const StormOutcome outcome = run_storm(agency, storm);
    receipts.push_back(outcome.receipts_ms / 1e3);
    everything.push_back(outcome.everything_ms / 1e3);
    mib.push_back(outcome.server_mib);
    cpu.push_back(outcome.server_cpu);
    in.push_back(outcome.megabytes_in);
    away.push_back(static_cast<double>(outcome.turned_away));
    pushes = outcome.pushes;
  }
  const Place place(settings, "limits");
  table.begin("W4", std::to_string(settings.devices) +
                        " light devices connect at once, 20 offline edits each into 50 contracts that all follow; two "
                        "cores shared with them; no value lost");
  const double commit = durable_commit_ms(place.path()) / 1e3;
  table.add({"all receipts", "s", receipts, 1.5, commit * static_cast<double>(pushes) / 256,
             "the durable commits of " + std::to_string(pushes) + " pushes in groups of 256"});
  table.add({"every device has everything", "s", everything, 3.0});
  table.add({"server peak memory", "MiB", mib, 100});
  table.add({"server CPU", "s", cpu});
  table.add({"asked to come back later", "", away});
  table.add({"received by all devices", "MB", in});
}

void storm_of_10000(const Settings& settings, Table& table) {
  const unsigned devices = settings.devices * 50;
  const unsigned contracts = settings.storm_contracts;
  const Place place(settings, "storm");
  Agency agency(place.path());
  agency.fill(contracts);
  const Storm storm{agency.portfolio(), devices, contracts, settings.storm_minute_ms, false};
  const StormOutcome outcome = run_storm(agency, storm);
  table.begin("W4×50", std::to_string(devices) + " light devices connect within " +
                           std::to_string(static_cast<int>(settings.storm_minute_ms / 1e3)) +
                           " s, 20 offline edits each over " + std::to_string(contracts) +
                           " contracts; each follows those that it edited; two cores shared with them; no value lost");
  table.add({"all receipts after the first connect", "s", {outcome.receipts_ms / 1e3}, 75});
  table.add({"every device has everything", "s", {outcome.everything_ms / 1e3}});
  table.add({"handshakes per second, paced", "1/s", {devices / outcome.connected_ms * 1e3}});
  table.add({"connections refused, tried again", "", {static_cast<double>(outcome.refused_connections)}});
  table.add({"asked to come back later", "", {static_cast<double>(outcome.turned_away)}});
  table.add({"server peak memory", "MiB", {outcome.server_mib}, 1024});
  table.add({"server CPU", "s", {outcome.server_cpu}});
  table.add({"pushes", "", {static_cast<double>(outcome.pushes)}});
  table.add({"received by all devices", "MB", {outcome.megabytes_in}});
}

}  // namespace navette::bench
