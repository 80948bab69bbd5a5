#include "e2e/impostor.hpp"

namespace navette::e2e {
namespace {

std::string file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

net::ClientOptions dialling(const Replica& device) {
  const Json server = Json::parse(file(device.directory() / "server.json"));
  const std::string url = server.at("server");
  return {.endpoint = net::parse_endpoint(url.substr(url.find("//") + 2), 443).value(),
          .tls = net::TlsClientContext::for_device(
                     {file(device.directory() / "device.pem"), file(device.directory() / "device.key")},
                     file(device.directory() / "authority.pem"))
                     .value()};
}

}  // namespace

Impostor::Impostor(const Replica& device) {
  os::SystemRandom random;
  replica_ = ReplicaId::make_v4(random);
  auto dialled = net::connect_and_wait(runtime_, dialling(device));
  if (!dialled) return;
  connection_ = std::move(*dialled);
  connection_->start({.on_frame =
                          [this](Bytes frame) {
                            const std::lock_guard lock(mutex_);
                            auto batch = unpacker_.feed(frame);
                            if (!batch || !*batch) return;
                            std::ranges::move(**batch, std::back_inserter(heard_));
                            changed_.notify_all();
                          },
                      .on_closed =
                          [this](const std::optional<Error>&) {
                            const std::lock_guard lock(mutex_);
                            closed_ = true;
                            changed_.notify_all();
                          }});
}

Impostor::~Impostor() { runtime_.stop(); }

sync::Hello Impostor::hello() const {
  sync::Hello hello;
  hello.schema_version = cpom::cpom_schema().version;
  hello.software = "imposteur";
  hello.replica = replica_;
  return hello;
}

void Impostor::introduces_itself() {
  says(hello());
  EXPECT_TRUE(hears<sync::Welcome>().has_value());
}

void Impostor::follows(const DossierId& dossier) {
  sync::FollowOne one;
  one.dossier = dossier;
  says(sync::Follow{{one}});
  EXPECT_TRUE(hears<sync::CaughtUp>().has_value());
}

bool Impostor::ends(milliseconds limit) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, limit, [&] { return closed_; });
}

}  // namespace navette::e2e
