#include "schema.hpp"

#include <array>
#include <charconv>

#include "rows.hpp"

namespace navette::server {
namespace {

constexpr std::string_view kTables = R"sql(
CREATE TABLE meta(name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;

CREATE TABLE dossier(
  id BLOB PRIMARY KEY, ej TEXT NOT NULL, label TEXT NOT NULL, date_effet TEXT NOT NULL, created INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX dossier_by_ej ON dossier(ej);
CREATE TABLE dossier_site(
  dossier BLOB NOT NULL REFERENCES dossier, finess TEXT NOT NULL, departement TEXT NOT NULL, region TEXT NOT NULL,
  PRIMARY KEY(dossier, finess)
) WITHOUT ROWID;
CREATE INDEX dossier_site_by_departement ON dossier_site(departement);
CREATE INDEX dossier_site_by_region ON dossier_site(region);

CREATE TABLE ref_entite_juridique(
  finess TEXT PRIMARY KEY, raison_sociale TEXT NOT NULL, statut_juridique_code TEXT NOT NULL,
  statut_juridique TEXT NOT NULL, statut TEXT NOT NULL, qualite_espic_code TEXT NOT NULL, adresse TEXT NOT NULL,
  code_postal TEXT NOT NULL, commune TEXT NOT NULL, imported INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE ref_site(
  finess TEXT PRIMARY KEY, ej TEXT NOT NULL REFERENCES ref_entite_juridique, nom TEXT NOT NULL,
  complement TEXT NOT NULL, adresse TEXT NOT NULL, code_postal TEXT NOT NULL, commune TEXT NOT NULL,
  code_insee TEXT NOT NULL, departement TEXT NOT NULL, region_code TEXT NOT NULL, region TEXT NOT NULL,
  categorie_code TEXT NOT NULL, categorie TEXT NOT NULL, siret TEXT NOT NULL, imported INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX ref_site_by_ej ON ref_site(ej);

CREATE TABLE revision(
  dossier BLOB NOT NULL REFERENCES dossier, audience INTEGER NOT NULL, number INTEGER NOT NULL,
  step INTEGER NOT NULL, total INTEGER NOT NULL, server_time INTEGER NOT NULL,
  chain BLOB NOT NULL, digest BLOB NOT NULL, code BLOB NOT NULL, body BLOB NOT NULL,
  PRIMARY KEY(dossier, audience, number)
) WITHOUT ROWID;
CREATE UNIQUE INDEX revision_by_step ON revision(dossier, step);
CREATE TABLE field_history(
  dossier BLOB NOT NULL, record BLOB NOT NULL, field INTEGER NOT NULL, audience INTEGER NOT NULL,
  number INTEGER NOT NULL, whole INTEGER NOT NULL, cost INTEGER NOT NULL, checkpoint BLOB,
  PRIMARY KEY(dossier, record, field, audience, number)
) WITHOUT ROWID;
CREATE TABLE stream(
  dossier BLOB NOT NULL REFERENCES dossier, audience INTEGER NOT NULL, head INTEGER NOT NULL, chain BLOB NOT NULL,
  digest BLOB NOT NULL, PRIMARY KEY(dossier, audience)
) WITHOUT ROWID;
CREATE TABLE conflict(
  id BLOB PRIMARY KEY, dossier BLOB NOT NULL REFERENCES dossier, audience INTEGER NOT NULL, state INTEGER NOT NULL,
  body BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX conflict_open ON conflict(dossier) WHERE state = 0;
CREATE TABLE push_mark(
  dossier BLOB NOT NULL REFERENCES dossier, replica BLOB NOT NULL, number INTEGER NOT NULL, hash BLOB NOT NULL,
  receipt BLOB NOT NULL, adopted_shared INTEGER NOT NULL, adopted_structure INTEGER NOT NULL,
  adopted_agence INTEGER NOT NULL, PRIMARY KEY(dossier, replica)
) WITHOUT ROWID;
CREATE TABLE refusal(
  id BLOB PRIMARY KEY, account BLOB NOT NULL, dossier BLOB NOT NULL, record BLOB NOT NULL, kind INTEGER NOT NULL,
  field INTEGER NOT NULL, value BLOB NOT NULL, reason INTEGER NOT NULL, refused INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX refusal_by_account ON refusal(account, refused);
CREATE INDEX refusal_by_dossier ON refusal(dossier);

CREATE TABLE account(
  id BLOB PRIMARY KEY, name TEXT NOT NULL UNIQUE, role TEXT NOT NULL, scope TEXT NOT NULL, created INTEGER NOT NULL,
  suspended INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE enrolment_code(
  selector TEXT PRIMARY KEY, salt BLOB NOT NULL, hash BLOB NOT NULL, account BLOB NOT NULL REFERENCES account,
  expires INTEGER NOT NULL, used INTEGER, tries INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE device(
  id BLOB PRIMARY KEY, account BLOB NOT NULL REFERENCES account, name TEXT NOT NULL, serial TEXT NOT NULL,
  fingerprint TEXT NOT NULL UNIQUE, enrolled INTEGER NOT NULL, revoked INTEGER, last_seen INTEGER,
  drafts INTEGER, outbox INTEGER, outbox_age_ms INTEGER, refusals INTEGER, repairs INTEGER, software TEXT
) WITHOUT ROWID;
CREATE INDEX device_by_account ON device(account);
CREATE TABLE device_replica(
  replica BLOB PRIMARY KEY, device BLOB NOT NULL REFERENCES device, first_seen INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE device_head(
  replica BLOB NOT NULL, dossier BLOB NOT NULL, audience INTEGER NOT NULL, revision INTEGER NOT NULL,
  PRIMARY KEY(replica, dossier, audience)
) WITHOUT ROWID;
CREATE TABLE covered(
  dossier BLOB NOT NULL, audience INTEGER NOT NULL, head INTEGER NOT NULL, chain BLOB NOT NULL,
  PRIMARY KEY(dossier, audience)
) WITHOUT ROWID;
)sql";

// What was refused of an adopted push must be known when that push comes again. A refusal goes to its author's other
// devices whole, and knows when they have settled it.
constexpr std::string_view kRefused = R"sql(
ALTER TABLE push_mark ADD COLUMN adopted BLOB NOT NULL DEFAULT x'';
ALTER TABLE push_mark DROP COLUMN adopted_shared;
ALTER TABLE push_mark DROP COLUMN adopted_structure;
ALTER TABLE push_mark DROP COLUMN adopted_agence;
ALTER TABLE refusal ADD COLUMN act INTEGER NOT NULL DEFAULT 0;
ALTER TABLE refusal ADD COLUMN owner BLOB NOT NULL DEFAULT x'00000000000000000000000000000000';
ALTER TABLE refusal ADD COLUMN base BLOB NOT NULL DEFAULT x'00';
ALTER TABLE refusal ADD COLUMN settled INTEGER;
)sql";

// Rows with content stand by their row ids, in the order in which they came, and are found by a narrow index: a page
// full of content is not moved about for each one that comes in between.
constexpr std::string_view kByRow = R"sql(
CREATE TABLE revision_by_row(
  dossier BLOB NOT NULL REFERENCES dossier, audience INTEGER NOT NULL, number INTEGER NOT NULL,
  step INTEGER NOT NULL, total INTEGER NOT NULL, server_time INTEGER NOT NULL,
  chain BLOB NOT NULL, digest BLOB NOT NULL, code BLOB NOT NULL, body BLOB NOT NULL,
  PRIMARY KEY(dossier, audience, number)
);
INSERT INTO revision_by_row(dossier, audience, number, step, total, server_time, chain, digest, code, body)
  SELECT dossier, audience, number, step, total, server_time, chain, digest, code, body FROM revision
  ORDER BY dossier, step;
DROP TABLE revision;
ALTER TABLE revision_by_row RENAME TO revision;
CREATE UNIQUE INDEX revision_by_step ON revision(dossier, step);
CREATE TABLE conflict_by_row(
  id BLOB NOT NULL PRIMARY KEY, dossier BLOB NOT NULL REFERENCES dossier, audience INTEGER NOT NULL,
  state INTEGER NOT NULL, body BLOB NOT NULL
);
INSERT INTO conflict_by_row(id, dossier, audience, state, body)
  SELECT id, dossier, audience, state, body FROM conflict ORDER BY dossier;
DROP TABLE conflict;
ALTER TABLE conflict_by_row RENAME TO conflict;
CREATE INDEX conflict_open ON conflict(dossier) WHERE state = 0;
CREATE TABLE push_mark_by_row(
  dossier BLOB NOT NULL REFERENCES dossier, replica BLOB NOT NULL, number INTEGER NOT NULL, hash BLOB NOT NULL,
  receipt BLOB NOT NULL, adopted BLOB NOT NULL, PRIMARY KEY(dossier, replica)
);
INSERT INTO push_mark_by_row(dossier, replica, number, hash, receipt, adopted)
  SELECT dossier, replica, number, hash, receipt, adopted FROM push_mark ORDER BY dossier;
DROP TABLE push_mark;
ALTER TABLE push_mark_by_row RENAME TO push_mark;
)sql";

const std::array<sql::Migration, 4>& migrations() {
  static const std::array<sql::Migration, 4> all{
      sql::Migration{1, "première version", [](sql::Database& database) { database.execute(kTables); }},
      sql::Migration{2, "ce qui fut refusé, et comment cela fut réglé",
                     [](sql::Database& database) { database.execute(kRefused); }},
      // Values kept before are read as they are; a program of version 2 could not read the new ones.
      sql::Migration{3, "valeurs conservées de l'historique compressées", [](sql::Database&) {}},
      sql::Migration{4, "le contenu hors des arbres où l'on cherche",
                     [](sql::Database& database) { database.execute(kByRow); }},
  };
  return all;
}

}  // namespace

std::int64_t newest_version() { return migrations().back().number; }

Result<> migrate_authority(sql::Database& database, const sql::TypedTables& tables) {
  NAVETTE_TRY(sql::migrate(database, kApplication, migrations()));
  try {
    sql::Transaction transaction(database, sql::Transaction::Kind::kWrite);
    tables.create(database);
    transaction.commit();
  } catch (const sql::Failure& failure) {
    return std::unexpected(failure.error);
  }
  return {};
}

std::optional<Bytes> read_meta(sql::Database& database, std::string_view name) {
  auto statement = database.prepare("SELECT value FROM meta WHERE name = ?");
  statement.bind_text(1, name);
  if (!statement.step()) return std::nullopt;
  return Bytes(statement.blob(0));
}

void write_meta(sql::Database& database, std::string_view name, BytesView value) {
  auto statement = database.prepare("INSERT OR REPLACE INTO meta(name, value) VALUES(?, ?)");
  statement.bind_text(1, name).bind_blob(2, value).run();
}

std::optional<Timestamp> read_meta_time(sql::Database& database, std::string_view name) {
  const auto text = read_meta(database, name);
  if (!text) return std::nullopt;
  Timestamp time;
  const auto parsed = std::from_chars(text->data(), text->data() + text->size(), time.milliseconds);
  if (parsed.ec != std::errc{}) refuse(ErrorCode::kCorrupt, "une date de la base du serveur est illisible");
  return time;
}

void write_meta_time(sql::Database& database, std::string_view name, Timestamp time) {
  write_meta(database, name, std::to_string(time.milliseconds));
}

Result<Meta> load_or_create_meta(sql::Database& database, const std::string& server_name, Random& random) {
  try {
    sql::Transaction transaction(database, sql::Transaction::Kind::kWrite);
    if (!read_meta(database, "epoch")) {
      Bytes key(32, '\0');
      random.fill({reinterpret_cast<unsigned char*>(key.data()), key.size()});
      write_meta(database, "epoch", EpochId::make_v4(random).bytes());
      write_meta(database, "revision_key", key);
    }
    if (!server_name.empty()) write_meta(database, "server_name", server_name);
    const auto epoch = read_meta(database, "epoch");
    const auto key = read_meta(database, "revision_key");
    if (!epoch || !key || key->size() != 32) {
      return fail(ErrorCode::kCorrupt, "la base du serveur a perdu son identité ou sa clé ; restaurez une sauvegarde");
    }
    Meta meta{or_throw(EpochId::from_bytes(*epoch)), *key, read_meta(database, "server_name").value_or("")};
    transaction.commit();
    return meta;
  } catch (const sql::Failure& failure) {
    return std::unexpected(failure.error);
  }
}

}  // namespace navette::server
