#include "collector/venues/json/levels.hpp"

#include "collector/venues/json/scalar.hpp"

namespace mp::collector::json {
namespace {

class Scanner {
  public:
    explicit Scanner(std::string_view text) : p_(text.data()), end_(p_ + text.size()) {}

    bool Take(char c) noexcept {
        if (p_ != end_ && *p_ == c) {
            ++p_;
            return true;
        }
        SkipBlanks();
        if (p_ == end_ || *p_ != c) return false;
        ++p_;
        return true;
    }

    bool AtEnd() noexcept {
        SkipBlanks();
        return p_ == end_;
    }

    ParseError TakeDecimal(Decimal& out) noexcept {
        if (!Take('"')) return ParseError::kType;
        return ReadDecimalAtQuote(p_, end_, out);
    }

    // Passes over further plain elements up to the bracket that closes the level.
    bool SkipRest() noexcept {
        while (Take(',')) {
            if (Take('"')) {
                while (p_ != end_ && *p_ != '"') ++p_;
                if (!Take('"')) return false;
            } else {
                while (p_ != end_ && *p_ != ',' && *p_ != ']' && *p_ != '[' && *p_ != '{') ++p_;
            }
        }
        return Take(']');
    }

    const char* position() const noexcept { return p_; }

  private:
    void SkipBlanks() noexcept {
        while (p_ != end_ && (*p_ == ' ' || *p_ == '\n' || *p_ == '\t' || *p_ == '\r')) ++p_;
    }

    const char* p_;
    const char* end_;
};

ParseError ReadArray(Scanner& scanner, std::vector<model::Level>& out) noexcept {
    out.clear();
    if (!scanner.Take('[')) return ParseError::kType;
    if (scanner.Take(']')) return ParseError::kNone;
    do {
        if (!scanner.Take('[')) return ParseError::kType;
        model::Level& level = out.emplace_back();
        ParseError error = scanner.TakeDecimal(level.price);
        if (error != ParseError::kNone) return error;
        if (!scanner.Take(',')) return ParseError::kMissing;
        error = scanner.TakeDecimal(level.quantity);
        if (error != ParseError::kNone) return error;
        if (!scanner.SkipRest()) return ParseError::kSyntax;
    } while (scanner.Take(','));
    return scanner.Take(']') ? ParseError::kNone : ParseError::kSyntax;
}

}  // namespace

ParseError ReadLevels(std::string_view text, std::vector<model::Level>& out) noexcept {
    Scanner scanner(text);
    const ParseError error = ReadArray(scanner, out);
    if (error != ParseError::kNone) return error;
    return scanner.AtEnd() ? ParseError::kNone : ParseError::kSyntax;
}

ParseError TakeLevels(Cursor& cursor, std::vector<model::Level>& out) noexcept {
    const char* begin = cursor.position();
    Scanner scanner(std::string_view(begin, static_cast<size_t>(cursor.end() - begin)));
    const ParseError error = ReadArray(scanner, out);
    cursor.MoveTo(scanner.position());
    return error;
}

}  // namespace mp::collector::json
