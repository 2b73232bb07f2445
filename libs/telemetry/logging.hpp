#pragma once
// Logs: one line an event on stdout, JSON ({"ts","level","logger","msg",fields...}) or, on a
// terminal, text (time level logger msg key=value ...).
//
//   const telemetry::Logger log{"collector"};
//   log.Warn("session ended", {{"venue", name}, {"reason", status}, {"attempt", 3}});
//
// info = a state changed, warn = something was recovered from, error = someone must act. No line
// per message: count, or throttle (LogThrottle). Thread-safe. Loggers may be made and used before
// SetupLogging, which then applies to all.

#include <atomic>
#include <charconv>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/duration.hpp"
#include "base/status.hpp"

namespace mp::telemetry {

enum class LogLevel { kDebug, kInfo, kWarn, kError, kCritical, kOff };
enum class LogFormat { kAuto, kJson, kText };  // auto: text on a terminal, else JSON

// "debug" "info" "warn" "error" "critical" "off"; "auto" "json" "text".
Result<LogLevel> ParseLogLevel(std::string_view text);
Result<LogFormat> ParseLogFormat(std::string_view text);

// Once, early in main.
void SetupLogging(LogLevel level, LogFormat format = LogFormat::kAuto);
// At any time, for all loggers.
void SetLogLevel(LogLevel level);

// A key and a value, as text for the line. Numbers and booleans stay such in JSON.
class LogField {
  public:
    LogField(std::string_view key, std::string_view value)
        : key_(key), value_(value), quoted_(true) {}
    LogField(std::string_view key, const char* value) : LogField(key, std::string_view(value)) {}
    LogField(std::string_view key, const std::string& value)
        : LogField(key, std::string_view(value)) {}
    LogField(std::string_view key, const Status& value) : LogField(key, value.ToString()) {}
    LogField(std::string_view key, Duration value) : LogField(key, FormatDuration(value)) {}
    LogField(std::string_view key, bool value) : key_(key), value_(value ? "true" : "false") {}
    LogField(std::string_view key, double value);
    template <std::integral Integer>
    LogField(std::string_view key, Integer value) : key_(key), value_(std::to_string(value)) {}

    const std::string& key() const { return key_; }
    const std::string& value() const { return value_; }
    bool quoted() const { return quoted_; }

  private:
    std::string key_;
    std::string value_;
    bool quoted_ = false;
};

using LogFields = std::initializer_list<LogField>;

class Logger {
  public:
    // `name`: the library or service.
    explicit Logger(std::string name) : name_(std::move(name)) {}

    // The same logger with fields added to every line: request id, trace id, venue.
    Logger With(LogFields fields) const;

    void Debug(std::string_view message, LogFields fields = {}) const {
        Write(LogLevel::kDebug, message, fields);
    }
    void Info(std::string_view message, LogFields fields = {}) const {
        Write(LogLevel::kInfo, message, fields);
    }
    void Warn(std::string_view message, LogFields fields = {}) const {
        Write(LogLevel::kWarn, message, fields);
    }
    void Error(std::string_view message, LogFields fields = {}) const {
        Write(LogLevel::kError, message, fields);
    }
    void Critical(std::string_view message, LogFields fields = {}) const {
        Write(LogLevel::kCritical, message, fields);
    }
    void Write(LogLevel level, std::string_view message, LogFields fields) const;

    // Whether a line of this level would come out: for arguments that cost something.
    static bool Enabled(LogLevel level);

  private:
    std::string name_;
    std::vector<LogField> bound_;
};

// Lets one line through per interval and says how many it held back since.
//
//   if (const auto held_back = throttle.Allow()) log.Warn("bad message", {{"more", *held_back}});
//
// Thread-safe.
class LogThrottle {
  public:
    explicit LogThrottle(Duration interval = std::chrono::seconds(10)) : interval_(interval) {}

    std::optional<uint64_t> Allow();

  private:
    const Duration interval_;
    std::atomic<int64_t> next_{0};
    std::atomic<uint64_t> held_back_{0};
};

}  // namespace mp::telemetry
