// Enrolment codes. A code is SELECTOR-SECRET: the selector finds the row, of the secret only a salted hash is stored
// (100 random bits need no slow hash). Every failure says the same.
#include <cctype>

#include "core.hpp"
#include "navette/server/tuning.hpp"

namespace navette::server {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";  // nothing that reads like something else
constexpr std::size_t kSelectorLength = 5;
constexpr std::size_t kSecretLength = 20;

struct Code {
  std::string selector;
  std::string secret;
};

[[noreturn]] void refuse_code() {
  refuse(ErrorCode::kUntrusted, "ce code n'est pas valable ou ne l'est plus ; demandez-en un nouveau");
}

std::string random_letters(Random& random, std::size_t count) {
  std::string letters(count, ' ');
  random.fill({reinterpret_cast<unsigned char*>(letters.data()), letters.size()});
  for (char& letter : letters) letter = kAlphabet[static_cast<unsigned char>(letter) % kAlphabet.size()];
  return letters;
}

std::string shown(const Code& code) {
  std::string text = code.selector;
  for (std::size_t i = 0; i < code.secret.size(); i += 5) text += "-" + code.secret.substr(i, 5);
  return text;
}

// Blanks, hyphens and case do not count.
Code read_code(std::string_view typed) {
  std::string letters;
  for (const char letter : typed.substr(0, 64)) {
    if (letter != '-' && letter != ' ') {
      letters.push_back(static_cast<char>(std::toupper(static_cast<unsigned char>(letter))));
    }
  }
  if (letters.size() != kSelectorLength + kSecretLength) refuse_code();
  return {letters.substr(0, kSelectorLength), letters.substr(kSelectorLength)};
}

Hash hash_of(BytesView salt, std::string_view secret) { return hmac_sha256(salt, {secret}); }

// Whose code it is; nothing when it is not valid. Counts a wrong try.
std::optional<AccountId> owner_of(sql::Database& database, const Code& code, Timestamp now) {
  std::optional<AccountId> account;
  {
    auto statement = database.prepare(
        "SELECT salt, hash, account FROM enrolment_code JOIN account ON account.id = enrolment_code.account "
        "WHERE selector = ? AND used IS NULL AND expires > ? AND tries < ? AND suspended = 0");
    statement.bind_text(1, code.selector).bind(2, now.milliseconds).bind(3, tuning::kCodeTries);
    if (!statement.step()) return std::nullopt;
    if (equal_in_constant_time(hash_of(statement.blob(0), code.secret).bytes(), statement.blob(1))) {
      account = id_at<AccountId>(statement, 2);
    }
  }
  if (!account) {
    database.prepare("UPDATE enrolment_code SET tries = tries + 1 WHERE selector = ?")
        .bind_text(1, code.selector)
        .run();
  }
  return account;
}

void insert_device(sql::Database& database, const Device& device) {
  {
    auto statement = database.prepare("SELECT 1 FROM device WHERE id = ? OR fingerprint = ?");
    if (statement.bind_blob(1, device.id.bytes()).bind_text(2, device.fingerprint).step()) {
      refuse(ErrorCode::kConflict, "cet appareil est déjà inscrit");
    }
  }
  auto statement =
      database.prepare("INSERT INTO device(id, account, name, serial, fingerprint, enrolled) VALUES(?, ?, ?, ?, ?, ?)");
  statement.bind_blob(1, device.id.bytes()).bind_blob(2, device.account.bytes()).bind_text(3, device.name);
  statement.bind_text(4, device.serial).bind_text(5, device.fingerprint).bind(6, device.enrolled.milliseconds).run();
}

}  // namespace

Result<std::string> AuthorityStore::new_enrolment_code(const AccountId& account, Timestamp now,
                                                       std::int64_t lifetime_ms) {
  std::string text;
  NAVETTE_TRY(core_->write([&](WriteContext& context) {
    {
      auto statement = context.database.prepare("SELECT suspended FROM account WHERE id = ?");
      if (!statement.bind_blob(1, account.bytes()).step()) refuse(ErrorCode::kNotFound, "ce compte n'existe pas");
      if (statement.integer(0) != 0) refuse(ErrorCode::kNotAllowed, "ce compte est suspendu ; rétablissez-le d'abord");
    }
    context.database.prepare("DELETE FROM enrolment_code WHERE expires <= ?").bind(1, now.milliseconds).run();
    const Code code{random_letters(core_->random, kSelectorLength), random_letters(core_->random, kSecretLength)};
    Bytes salt(16, '\0');
    core_->random.fill({reinterpret_cast<unsigned char*>(salt.data()), salt.size()});
    auto statement = context.database.prepare(
        "INSERT INTO enrolment_code(selector, salt, hash, account, expires, tries) VALUES(?, ?, ?, ?, ?, 0)");
    statement.bind_text(1, code.selector).bind_blob(2, salt).bind_blob(3, hash_of(salt, code.secret).bytes());
    statement.bind_blob(4, account.bytes()).bind(5, now.milliseconds + lifetime_ms).run();
    text = shown(code);
  }));
  return text;
}

Result<AccountId> AuthorityStore::check_enrolment_code(std::string_view code, Timestamp now) {
  std::optional<AccountId> account;  // the count of tries is to stay: a wrong code does not fail the job
  NAVETTE_TRY(core_->write([&](WriteContext& context) { account = owner_of(context.database, read_code(code), now); }));
  if (!account) {
    return fail(ErrorCode::kUntrusted, "ce code n'est pas valable ou ne l'est plus ; demandez-en un nouveau");
  }
  return *account;
}

Result<> AuthorityStore::enrol(std::string_view typed, Device device, Timestamp now) {
  bool valid = false;
  NAVETTE_TRY(core_->write([&](WriteContext& context) {
    const Code code = read_code(typed);
    const auto account = owner_of(context.database, code, now);
    if (!account) return;
    valid = true;
    device.account = *account;
    device.enrolled = now;
    insert_device(context.database, device);
    auto statement = context.database.prepare("UPDATE enrolment_code SET used = ? WHERE selector = ?");
    statement.bind(1, now.milliseconds).bind_text(2, code.selector).run();
  }));
  if (!valid) return fail(ErrorCode::kUntrusted, "ce code n'est pas valable ou ne l'est plus ; demandez-en un nouveau");
  return {};
}

}  // namespace navette::server
