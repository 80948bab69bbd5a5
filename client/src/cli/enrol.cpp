// A device comes in: its key is made here and never leaves, the code says whom to trust.
#include <unistd.h>

#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/print.hpp"
#include "navette/client/program.hpp"
#include "navette/net/enrolment_code.hpp"
#include "navette/net/server.hpp"
#include "navette/os/file_lock.hpp"
#include "navette/os/files.hpp"
#include "replica/open_replica.hpp"

namespace navette::client {
namespace {

constexpr std::size_t kAuthorityBytes = 256 * 1024;  // a certificate takes two kilobytes
constexpr std::size_t kRoomBytes = 256 * 1024;       // four small files, and a page or two of the replica's journal

struct Reply {
  std::string device;
  std::string certificate;
  std::string authority;
  std::string account;
  std::string role;
  std::string name;
};

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "poste";
}

Result<Reply> parse_reply(const Bytes& text) {
  const Json json = Json::parse(text, nullptr, false);
  const auto field = [&](const char* name) {
    return json.is_object() && json.contains(name) && json[name].is_string() ? json[name].get<std::string>()
                                                                             : std::string();
  };
  Reply reply{field("device"),  field("certificate"), field("authority"),
              field("account"), field("role"),        field("name")};
  if (reply.certificate.empty() || reply.authority.empty() || reply.role.empty()) {
    return fail(ErrorCode::kMalformed, "le serveur a répondu autre chose qu'une inscription : vérifiez son adresse");
  }
  if (!replica_schema().role(reply.role)) {
    return fail(ErrorCode::kUnsupported,
                "rôle inconnu de cette version (« " + reply.role + " ») : mettez Navette à jour");
  }
  return reply;
}

// The certificate must be of our key, the authority the one that the code names.
Result<void> check_reply(const Reply& reply, const net::EnrolmentCode& code, const std::string& key) {
  NAVETTE_ASSIGN(const Hash authority, net::certificate_fingerprint(reply.authority));
  if (authority != code.authority) {
    return fail(ErrorCode::kUntrusted,
                "l'autorité reçue n'est pas celle du code : prévenez l'agence, rien n'a été inscrit");
  }
  const auto usable = net::TlsClientContext::for_device({reply.certificate, key}, reply.authority);
  if (usable) return {};
  return fail(ErrorCode::kUntrusted, "le certificat reçu n'est pas celui de ce poste : " + usable.error().message);
}

// What is in a replica belongs to one person of one agency: under another name it would leave as theirs, and what is
// private to one party would reach the other.
Result<void> require_same_agency(const ReplicaDirectory& directory, const net::EnrolmentCode& code) {
  if (!directory.enrolled()) return {};
  const auto pem = os::read_file(directory.authority(), kAuthorityBytes);
  if (!pem) return {};  // lost: the new certificate comes with it
  const auto known = net::certificate_fingerprint(*pem);
  if (!known || *known == code.authority) return {};
  return fail(ErrorCode::kConflict, "ce code vient d'une autre agence que celle de « " + directory.path.string() +
                                        " » : rien n'y est changé ; inscrivez-vous dans un autre répertoire "
                                        "(--replica), le code reste bon");
}

Result<void> require_same_person(const ReplicaDirectory& directory, SqliteReplicaStore& store, const Reply& reply) {
  return store.read([&]() -> Result<void> {
    const std::string account = store.meta("account").value_or(reply.account);
    const std::string role = store.meta("role").value_or(reply.role);
    if (account == reply.account && role == reply.role) return {};
    if (!directory.enrolled() && store.dossiers().empty()) return {};  // an enrolment that was cut short
    return fail(ErrorCode::kConflict, "ce code est celui de " + reply.account + " (" + reply.role + "), et « " +
                                          directory.path.string() + " » contient le travail de " + account + " (" +
                                          role +
                                          ") : rien n'y est changé ; demandez un autre code à l'agence et inscrivez " +
                                          reply.account + " dans un autre répertoire (--replica)");
  });
}

Result<void> become(SqliteReplicaStore& store, const Reply& reply) {
  os::SystemRandom random;
  sync::Replica engine(replica_schema(), store, random);
  return store.transact([&]() -> Result<void> {
    engine.become(reply.account, reply.role);
    return {};
  });
}

// What an enrolment needs on the disk, made before the code is used up: a full disk must not cost a code. A replica
// made for nothing goes again.
class Preparation {
 public:
  explicit Preparation(const ReplicaDirectory& directory) : directory_(directory), kept_(holds_anything(directory)) {}
  ~Preparation() {
    give_room();
    store_.reset();
    if (kept_) return;
    std::error_code ignored;
    for (const char* file : {"", "-wal", "-shm"}) {
      std::filesystem::remove(directory_.database().string() + file, ignored);
    }
  }
  Preparation(const Preparation&) = delete;
  Preparation& operator=(const Preparation&) = delete;

  Result<void> make() {
    NAVETTE_ASSIGN(store_, SqliteReplicaStore::open(directory_.path, replica_schema(), OpenMode::kReadWrite));
    return os::write_file_atomically(room(), std::string(kRoomBytes, '\0'));
  }
  [[nodiscard]] SqliteReplicaStore& store() { return *store_; }
  void keep() { kept_ = true; }
  // For the few files that the answer fills.
  void give_room() const {
    std::error_code ignored;
    std::filesystem::remove(room(), ignored);
  }

 private:
  // A journal without its file may still be read by somebody who knows how.
  static bool holds_anything(const ReplicaDirectory& directory) {
    return os::exists(directory.database()) || os::exists(directory.database().string() + "-wal");
  }
  [[nodiscard]] std::filesystem::path room() const { return directory_.path / "place.tmp"; }

  ReplicaDirectory directory_;
  bool kept_;
  std::unique_ptr<SqliteReplicaStore> store_;
};

}  // namespace

Result<int> enrol(Context& context) {
  const Request& request = context.request;
  const ReplicaDirectory& directory = context.directory;
  NAVETTE_ASSIGN(const net::EnrolmentCode code, net::EnrolmentCode::parse(request.code));
  NAVETTE_ASSIGN(const net::Endpoint endpoint, parse_server_url(request.server));
  if (directory.enrolled() && !request.renew) {
    return fail(ErrorCode::kConflict,
                "« " + directory.path.string() +
                    " » est déjà inscrit : choisissez un autre répertoire, ou --renew pour remplacer "
                    "le certificat de ce poste en gardant sa réplique");
  }
  NAVETTE_TRY(require_same_agency(directory, code));
  NAVETTE_TRY(os::make_private_directory(directory.path));
  NAVETTE_ASSIGN(const os::FileLock lock, os::FileLock::try_lock(directory.sync_lock()));
  const std::string device = request.device_name.empty() ? host_name() : request.device_name;

  NAVETTE_ASSIGN(const net::KeyAndRequest made, net::make_key_and_request(device));
  const std::filesystem::path new_key = directory.key().string() + ".new";
  NAVETTE_TRY(os::write_file_atomically(new_key, made.key_pem));

  Preparation prepared(directory);
  NAVETTE_TRY(prepared.make());

  NAVETTE_ASSIGN(net::TlsClientContext tls, net::TlsClientContext::for_enrolment(code.authority));
  const net::ClientOptions options{.endpoint = endpoint, .tls = std::move(tls)};
  const Json body{{"code", code.secret}, {"request", made.request_pem}, {"device", device}, {"software", kSoftware}};
  NAVETTE_ASSIGN(const Bytes answer, net::https_post(options, std::string(net::kEnrolPath),
                                                     body.dump(-1, ' ', false, Json::error_handler_t::replace)));
  NAVETTE_ASSIGN(const Reply reply, parse_reply(answer));
  NAVETTE_TRY(check_reply(reply, code, made.key_pem));
  NAVETTE_TRY(require_same_person(directory, prepared.store(), reply));

  prepared.give_room();
  NAVETTE_TRY(os::write_file_atomically(directory.authority(), reply.authority));
  NAVETTE_TRY(write_server(directory, {request.server, reply.name}));
  NAVETTE_TRY(become(prepared.store(), reply));
  prepared.keep();
  NAVETTE_TRY(os::write_file_atomically(directory.key(), made.key_pem));
  NAVETTE_TRY(os::write_file_atomically(directory.certificate(), reply.certificate));
  std::error_code ignored;
  std::filesystem::remove(new_key, ignored);
  if (request.json) {
    print_json(context.out,
               {{"device", reply.device}, {"account", reply.account}, {"role", reply.role}, {"name", reply.name}});
  } else {
    context.out << "Poste inscrit auprès de « " << reply.name << " » : " << reply.account << ", "
                << people_role(reply.role) << ".\nLancez maintenant « navette sync ».\n";
  }
  return 0;
}

}  // namespace navette::client
