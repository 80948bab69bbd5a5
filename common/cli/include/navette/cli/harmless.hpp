// Text for people, of which others wrote a part: what would command their terminal is shown instead of obeyed.
#pragma once

#include <ostream>
#include <streambuf>
#include <string>

namespace navette::cli {

// Passes everything on but control characters: of these, only line ends and tabs. The others become the signs that
// stand for them (␛), the second set of them �.
class HarmlessOutput final : public std::ostream {
 public:
  explicit HarmlessOutput(std::ostream& behind);
  [[nodiscard]] const std::ostream& behind() const { return behind_; }

 private:
  class Buffer final : public std::streambuf {
   public:
    explicit Buffer(std::ostream& behind) : behind_(behind) {}

   protected:
    int_type overflow(int_type character) override;
    std::streamsize xsputn(const char* text, std::streamsize size) override;
    int sync() override;

   private:
    void pass(char byte, std::string& out);

    std::ostream& behind_;
    bool second_set_begun_ = false;  // U+0080 … U+009F: 0xC2, then the byte itself
  };

  std::ostream& behind_;
  Buffer buffer_;
};

}  // namespace navette::cli
