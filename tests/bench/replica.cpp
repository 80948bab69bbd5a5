#include "bench/replica.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "bench/table.hpp"

namespace navette::bench {

ReplicaReader::ReplicaReader(const std::filesystem::path& directory)
    : store_(std::move(*must(client::SqliteReplicaStore::open(directory, bench_schema(), client::OpenMode::kReadOnly),
                             "replica"))) {}

void ReplicaReader::read(const std::function<void()>& work) {
  (void)must(store_->read([&]() -> Result<void> {
    work();
    return {};
  }),
             "reading a replica");
}

NamedState ReplicaReader::state(const Portfolio& portfolio, unsigned contract) {
  NamedState state;
  read([&] { state = portfolio.named(contract, store_->records(portfolio[contract].dossier)); });
  return state;
}

std::string ReplicaReader::canonical(const Portfolio& portfolio, unsigned contracts) {
  std::string text;
  for (unsigned c = 0; c < contracts; ++c) text += bench::canonical(state(portfolio, c));
  return text;
}

schema::Value ReplicaReader::value(const RecordId& record, schema::FieldNumber field) {
  schema::Value value;
  read([&] {
    const auto row = store_->record(record);
    if (!row) return;
    const auto found = row->values.find(field);
    if (found != row->values.end()) value = found->second;
  });
  return value;
}

std::map<DossierId, sync::StreamRow> ReplicaReader::settled_heads() {
  std::map<DossierId, sync::StreamRow> heads;
  read([&] {
    if (!store_->dossiers_with_work().empty()) return;
    for (const sync::DossierRow& dossier : store_->dossiers()) {
      const auto stream = store_->stream(dossier.id, schema::Audience::kShared);
      if (!dossier.caught_up || !stream) return heads.clear();
      heads[dossier.id] = *stream;
    }
  });
  return heads;
}

std::vector<sync::Conflict> ReplicaReader::conflicts(const DossierId& dossier) {
  std::vector<sync::Conflict> open;
  read([&] { open = store_->conflicts(dossier, true); });
  return open;
}

void make_durable(const std::filesystem::path& directory) {
  for (const char* name : {"replica.sqlite", "replica.sqlite-wal"}) {
    const int file = ::open((directory / name).c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) continue;
    ::fdatasync(file);
    ::close(file);
  }
}

}  // namespace navette::bench
