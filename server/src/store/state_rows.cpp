#include "state_rows.hpp"

#include <algorithm>

#include "navette/sync/codec.hpp"
#include "rows.hpp"

namespace navette::server {
namespace {

using schema::Audience;
using schema::FieldType;
using schema::Value;

// The column `state` of a typed row: version, removed, then per field its number, the revision that changed it last,
// and its value where the typed column does not hold it exactly.
constexpr char kStateVersion = 1;

void put_number(Bytes& out, std::uint64_t number) {
  while (number >= 0x80) {
    out.push_back(static_cast<char>(number | 0x80));
    number >>= 7;
  }
  out.push_back(static_cast<char>(number));
}

class Reader {
 public:
  explicit Reader(BytesView bytes) : bytes_(bytes) {}
  std::uint64_t number() {
    std::uint64_t result = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(take(1).front());
      result |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return result;
    }
    refuse(ErrorCode::kCorrupt, "l'état d'un enregistrement est illisible");
  }
  BytesView take(std::uint64_t count) {
    if (count > bytes_.size()) refuse(ErrorCode::kCorrupt, "l'état d'un enregistrement est tronqué");
    const BytesView part = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return part;
  }
  [[nodiscard]] bool at_end() const { return bytes_.empty(); }

 private:
  BytesView bytes_;
};

// Whether a typed column gives back exactly this value.
bool column_holds(const schema::Field* field, const Value& value) {
  if (field == nullptr || field->type == FieldType::kOwner) return false;
  if (std::holds_alternative<std::monostate>(value)) return true;
  const bool number = field->type == FieldType::kInteger || field->type == FieldType::kBoolean;
  if (std::holds_alternative<std::int64_t>(value)) return number;
  return !number && !std::get<std::string>(value).empty();
}

Bytes encoded_state(const schema::Kind& kind, const sync::RecordState& record) {
  Bytes out;
  out.push_back(kStateVersion);
  out.push_back(record.removed ? '\1' : '\0');
  for (const sync::FieldState& field : record.fields) {
    put_number(out, field.field);
    const bool in_column = column_holds(kind.field(field.field), field.value);
    put_number(out, field.changed.value << 1 | (in_column ? 0 : 1));
    if (in_column) continue;
    const Bytes value = sync::encode(field.value);
    put_number(out, value.size());
    out += value;
  }
  return out;
}

sync::RecordState record_of(const schema::Kind& kind, sql::TypedRow row) {
  sync::RecordState record;
  record.record = row.id;
  record.kind = kind.number;
  record.owner = row.owner;
  Reader reader(row.state);
  if (reader.take(1).front() != kStateVersion) refuse(ErrorCode::kCorrupt, "l'état d'un enregistrement est inconnu");
  record.removed = reader.take(1).front() != '\0';
  while (!reader.at_end()) {
    sync::FieldState field;
    field.field = static_cast<schema::FieldNumber>(reader.number());
    const std::uint64_t changed = reader.number();
    field.changed = Revision{changed >> 1};
    if ((changed & 1) != 0) {
      field.value = or_throw(sync::decode<Value>(reader.take(reader.number())));
    } else if (const auto value = row.values.find(field.field); value != row.values.end()) {
      field.value = std::move(value->second);
    }
    record.fields.push_back(std::move(field));
  }
  return record;
}

Bytes encoded_digest(const SetDigest& digest) {
  Bytes out;
  for (const std::uint64_t lane : digest.lanes) {
    for (unsigned shift = 0; shift < 64; shift += 8) out.push_back(static_cast<char>(lane >> shift));
  }
  return out;
}

SetDigest decoded_digest(BytesView bytes) {
  SetDigest digest;
  if (bytes.size() != 8 * digest.lanes.size()) refuse(ErrorCode::kCorrupt, "l'empreinte d'un flux est illisible");
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    digest.lanes[i / 8] |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (i % 8 * 8);
  }
  return digest;
}

void load_streams(sql::Database& database, sync::DossierState& state) {
  auto statement = database.prepare("SELECT audience, head, chain, digest FROM stream WHERE dossier = ?");
  statement.bind_blob(1, state.dossier.bytes());
  while (statement.step()) {
    sync::StreamState& stream = state.streams[static_cast<std::size_t>(audience_at(statement, 0))];
    stream.head = Revision{count_at(statement, 1)};
    stream.chain = hash_at<Hash>(statement, 2);
    stream.digest = decoded_digest(statement.blob(3));
  }
}

void load_conflicts(sql::Database& database, sync::DossierState& state) {
  auto statement = database.prepare("SELECT body FROM conflict WHERE dossier = ? AND state = 0");
  statement.bind_blob(1, state.dossier.bytes());
  while (statement.step()) {
    auto conflict = or_throw(sync::decode<sync::Conflict>(statement.blob(0)));
    const ConflictId id = conflict.id;
    state.open.emplace(id, std::move(conflict));
  }
}

void load_marks(sql::Database& database, sync::DossierState& state) {
  auto statement = database.prepare("SELECT replica, number, hash, receipt, adopted FROM push_mark WHERE dossier = ?");
  statement.bind_blob(1, state.dossier.bytes());
  while (statement.step()) {
    sync::PushMark mark;
    mark.number = PushNumber{count_at(statement, 1)};
    mark.hash = hash_at<Hash>(statement, 2);
    mark.receipt = Bytes(statement.blob(3));
    if (!statement.blob(4).empty()) {  // empty: none
      const auto adopted = or_throw(sync::decode<std::vector<sync::AdoptedPush>>(statement.blob(4)));
      if (adopted.size() != mark.adopted.size()) refuse(ErrorCode::kCorrupt, "un repère d'envoi est illisible");
      std::ranges::copy(adopted, mark.adopted.begin());
    }
    state.marks.emplace(id_at<ReplicaId>(statement, 0), std::move(mark));
  }
}

}  // namespace

std::optional<sync::DossierState> StateRows::load(sql::Database& database, const DossierId& dossier) const {
  if (!dossier_exists(database, dossier)) return std::nullopt;
  sync::DossierState state = sync::empty_dossier(dossier);
  load_streams(database, state);
  for (const schema::Kind& kind : tables_.schema().kinds) {
    for (sql::TypedRow& row : tables_.of_dossier(database, kind, dossier)) {
      const RecordId id = row.id;
      state.records.emplace(id, record_of(kind, std::move(row)));
    }
  }
  load_conflicts(database, state);
  load_marks(database, state);
  return state;
}

void StateRows::save_record(sql::Database& database, const DossierId& dossier, const sync::RecordState& record) const {
  const schema::Kind* kind = tables_.schema().kind(record.kind);
  if (kind == nullptr) refuse(ErrorCode::kInternal, "un enregistrement d'un genre inconnu ne peut pas être rangé");
  sql::TypedRow row{record.record, dossier, record.owner, {}, encoded_state(*kind, record)};
  for (const sync::FieldState& field : record.fields) {
    const schema::Field* known = kind->field(field.field);
    if (known != nullptr && known->type != FieldType::kOwner) row.values.emplace(field.field, field.value);
  }
  tables_.put(database, *kind, row);
}

void StateRows::save_conflict(sql::Database& database, const DossierId& dossier, const sync::Conflict& conflict) const {
  auto statement = database.prepare(
      "INSERT INTO conflict(id, dossier, audience, state, body) VALUES(?, ?, ?, ?, ?) "
      "ON CONFLICT(id) DO UPDATE SET dossier = excluded.dossier, audience = excluded.audience, "
      "state = excluded.state, body = excluded.body");
  statement.bind_blob(1, conflict.id.bytes()).bind_blob(2, dossier.bytes()).bind(3, as_row(conflict.audience));
  statement.bind(4, static_cast<std::int64_t>(conflict.state)).bind_blob(5, sync::encode(conflict)).run();
}

void StateRows::save_stream(sql::Database& database, const DossierId& dossier, Audience audience,
                            const sync::StreamState& stream) const {
  auto statement = database.prepare(
      "INSERT INTO stream(dossier, audience, head, chain, digest) VALUES(?, ?, ?, ?, ?) "
      "ON CONFLICT(dossier, audience) DO UPDATE SET head = excluded.head, chain = excluded.chain, "
      "digest = excluded.digest");
  statement.bind_blob(1, dossier.bytes()).bind(2, as_row(audience)).bind(3, as_row(stream.head));
  statement.bind_blob(4, stream.chain.bytes()).bind_blob(5, encoded_digest(stream.digest)).run();
}

void StateRows::save_mark(sql::Database& database, const DossierId& dossier, const ReplicaId& replica,
                          const sync::PushMark& mark) const {
  auto statement = database.prepare(
      "INSERT INTO push_mark(dossier, replica, number, hash, receipt, adopted) VALUES(?, ?, ?, ?, ?, ?) "
      "ON CONFLICT(dossier, replica) DO UPDATE SET number = excluded.number, hash = excluded.hash, "
      "receipt = excluded.receipt, adopted = excluded.adopted");
  statement.bind_blob(1, dossier.bytes()).bind_blob(2, replica.bytes()).bind(3, as_row(mark.number));
  statement.bind_blob(4, mark.hash.bytes()).bind_blob(5, mark.receipt);
  const std::vector<sync::AdoptedPush> adopted(mark.adopted.begin(), mark.adopted.end());
  const bool any = std::ranges::any_of(adopted, [](const auto& push) { return push.number.value != 0; });
  statement.bind_blob(6, any ? sync::encode(adopted) : Bytes{}).run();
}

bool dossier_exists(sql::Database& database, const DossierId& dossier) {
  auto statement = database.prepare("SELECT 1 FROM dossier WHERE id = ?");
  return statement.bind_blob(1, dossier.bytes()).step();
}

std::vector<sync::StreamHead> covered_heads(sql::Database& database, const DossierId& dossier) {
  auto statement = database.prepare("SELECT audience, head, chain FROM covered WHERE dossier = ? ORDER BY audience");
  statement.bind_blob(1, dossier.bytes());
  std::vector<sync::StreamHead> heads;
  while (statement.step()) {
    heads.push_back(
        {audience_at(statement, 0), Revision{count_at(statement, 1)}, shorten(hash_at<Hash>(statement, 2))});
  }
  return heads;
}

std::size_t weight_of(const sync::DossierState& state) {
  constexpr std::size_t kNodeBytes = 64;
  const auto text_bytes = [](const Value& value) {
    const std::size_t size = schema::text_of(value).size();
    return size < sizeof(std::string) / 2 ? 0 : size + 16;  // a short one stands in its place
  };
  std::size_t bytes = sizeof state;
  for (const auto& [id, record] : state.records) {
    bytes += kNodeBytes + sizeof record + record.fields.size() * sizeof(sync::FieldState);
    for (const sync::FieldState& field : record.fields) bytes += text_bytes(field.value);
  }
  for (const auto& [id, conflict] : state.open) {
    bytes += kNodeBytes + sizeof conflict + text_bytes(conflict.base) + text_bytes(conflict.committed) +
             text_bytes(conflict.incoming);
  }
  for (const auto& [id, mark] : state.marks) bytes += kNodeBytes + sizeof mark + mark.receipt.size();
  return bytes;
}

std::array<sync::StreamHead, schema::kAudienceCount> stored_heads(sql::Database& database, const DossierId& dossier) {
  std::array<sync::StreamHead, schema::kAudienceCount> heads;
  for (const Audience audience : schema::kAudiences) {
    heads[static_cast<std::size_t>(audience)] = {audience, {}, shorten(sync::first_chain(dossier, audience))};
  }
  auto statement = database.prepare("SELECT audience, head, chain FROM stream WHERE dossier = ?");
  statement.bind_blob(1, dossier.bytes());
  while (statement.step()) {
    const Audience audience = audience_at(statement, 0);
    heads[static_cast<std::size_t>(audience)] = {audience, Revision{count_at(statement, 1)},
                                                 shorten(hash_at<Hash>(statement, 2))};
  }
  return heads;
}

}  // namespace navette::server
