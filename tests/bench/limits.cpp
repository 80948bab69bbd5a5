#include "bench/limits.hpp"

#include <zstd.h>

#include <future>

#include "bench/table.hpp"
#include "navette/net/client.hpp"
#include "navette/net/server.hpp"
#include "navette/os/system.hpp"
#include "navette/sql/typed_tables.hpp"

namespace navette::bench {
namespace {

constexpr int kRounds = 300;

sql::Database open_new(const std::filesystem::path& file) {
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(file.string() + suffix);
  return std::move(*must(sql::Database::open(file, {}), "opening a database"));
}

// An authority, a server that answers every frame with the same, and one client.
class Echo {
 public:
  Echo() {
    os::SystemClock clock;
    const auto authority = must(net::CertificateAuthority::create("limits", clock.now()), "authority");
    const std::string names[] = {"127.0.0.1"};
    const auto server = must(authority->issue_server(names, clock.now()), "server certificate");
    auto tls = must(net::TlsServerContext::create(*server, authority->pem().certificate_pem), "server context");
    net::ServerHandlers handlers;
    handlers.on_connection = [](const std::shared_ptr<net::Connection>& connection) {
      connection->start({.on_frame = [raw = connection.get()](Bytes frame) { (void)raw->send(std::move(frame)); },
                         .on_closed = [](const std::optional<Error>&) {}});
    };
    server_ = std::move(*must(net::Server::start({"127.0.0.1", 0, std::move(*tls)}, std::move(handlers)), "serving"));

    const auto key = must(net::make_key_and_request("device"), "key");
    const auto certificate = must(authority->issue_device(key->request_pem, "device", clock.now()), "certificate");
    auto context = must(
        net::TlsClientContext::for_device({*certificate, key->key_pem}, authority->pem().certificate_pem), "context");
    connection_ = *must(net::connect_and_wait(runtime_, {{"127.0.0.1", server_->port()}, std::move(*context)}), "echo");
    connection_->start(
        {.on_frame = [this](const Bytes&) { heard_.set_value(); }, .on_closed = [](const std::optional<Error>&) {}});
  }
  ~Echo() {
    connection_->cut();
    runtime_.stop();
    server_->stop();
  }
  void round() {
    heard_ = {};
    auto answer = heard_.get_future();
    (void)connection_->send(Bytes(100, 'x'));
    answer.wait();
  }

 private:
  std::promise<void> heard_;
  std::unique_ptr<net::Server> server_;
  net::IoRuntime runtime_{1};
  std::shared_ptr<net::Connection> connection_;
};

}  // namespace

double sqlite_alone_ms(const std::filesystem::path& place, const std::vector<Contract>& contracts,
                       const Portfolio& portfolio) {
  const sql::TypedTables tables(bench_schema());
  sql::Database database = open_new(place / "alone.sqlite");
  tables.create(database);
  std::vector<std::vector<sync::SeedRecord>> seeds;
  for (const Contract& contract : contracts) seeds.push_back(portfolio.seeds(contract));
  return timed([&] {
    sql::Transaction transaction(database, sql::Transaction::Kind::kWrite);
    for (std::size_t c = 0; c < contracts.size(); ++c) {
      for (const sync::SeedRecord& record : seeds[c]) {
        tables.put(database, *bench_schema().kind(record.kind),
                   {record.record, portfolio[contracts[c].number].dossier, record.owner, record.values, {}});
      }
    }
    transaction.commit();
  });
}

double zstd_megabytes(std::string_view text, int level) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  return static_cast<double>(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), level)) / 1e6;
}

double durable_commit_ms(const std::filesystem::path& place) {
  sql::Database database = open_new(place / "commit.sqlite");
  database.execute("CREATE TABLE one(id INTEGER PRIMARY KEY, text TEXT)");
  std::vector<double> rounds;
  for (int i = 0; i < kRounds; ++i) {
    rounds.push_back(timed([&] {
      sql::Transaction transaction(database, sql::Transaction::Kind::kWrite);
      database.prepare("INSERT INTO one(text) VALUES(?)").bind_text(1, "a value of one field").run();
      transaction.commit();
    }));
  }
  return quantile(rounds, 0.5);
}

double tls_round_trip_ms() {
  Echo echo;
  std::vector<double> rounds;
  for (int i = 0; i < kRounds; ++i) rounds.push_back(timed([&] { echo.round(); }));
  return quantile(rounds, 0.5);
}

}  // namespace navette::bench
