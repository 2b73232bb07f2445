#include "telemetry/logging.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <memory>
#include <span>
#include <spdlog/formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "base/time.hpp"
#include "telemetry/json_text.hpp"

namespace mp::telemetry {
namespace {

// The fields of the line that this thread is writing, handed through spdlog to the formatter.
struct LineFields {
    std::span<const LogField> bound;
    std::span<const LogField> own;
};
thread_local LineFields line_fields;

spdlog::level::level_enum ToSpdlog(LogLevel level) {
    switch (level) {
        case LogLevel::kDebug:
            return spdlog::level::debug;
        case LogLevel::kInfo:
            return spdlog::level::info;
        case LogLevel::kWarn:
            return spdlog::level::warn;
        case LogLevel::kError:
            return spdlog::level::err;
        case LogLevel::kCritical:
            return spdlog::level::critical;
        case LogLevel::kOff:
            break;
    }
    return spdlog::level::off;
}

std::string_view LevelName(spdlog::level::level_enum level) {
    switch (level) {
        case spdlog::level::trace:
        case spdlog::level::debug:
            return "debug";
        case spdlog::level::info:
            return "info";
        case spdlog::level::warn:
            return "warn";
        case spdlog::level::err:
            return "error";
        default:
            return "critical";
    }
}

std::string_view View(spdlog::string_view_t text) {
    return {text.data(), text.size()};
}

Nanos TimeOf(const spdlog::details::log_msg& line) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(line.time.time_since_epoch())
        .count();
}

class LineFormatter : public spdlog::formatter {
  public:
    void format(const spdlog::details::log_msg& line, spdlog::memory_buf_t& out) final {
        std::string text;
        Start(line, text);
        for (const LogField& field : line_fields.bound) Append(field, text);
        for (const LogField& field : line_fields.own) Append(field, text);
        End(text);
        out.append(text.data(), text.data() + text.size());
    }

  protected:
    virtual void Start(const spdlog::details::log_msg& line, std::string& out) const = 0;
    virtual void Append(const LogField& field, std::string& out) const = 0;
    virtual void End(std::string& out) const = 0;
};

class JsonFormatter final : public LineFormatter {
  public:
    std::unique_ptr<formatter> clone() const override { return std::make_unique<JsonFormatter>(); }

  private:
    void Start(const spdlog::details::log_msg& line, std::string& out) const override {
        out += "{\"ts\":\"";
        AppendTime(TimeOf(line), out);
        out += "\",\"level\":\"";
        out += LevelName(line.level);
        out += "\",\"logger\":";
        AppendJsonString(View(line.logger_name), out);
        out += ",\"msg\":";
        AppendJsonString(View(line.payload), out);
    }
    void Append(const LogField& field, std::string& out) const override {
        out += ',';
        AppendJsonString(field.key(), out);
        out += ':';
        if (field.quoted()) {
            AppendJsonString(field.value(), out);
        } else {
            out += field.value();
        }
    }
    void End(std::string& out) const override { out += "}\n"; }
};

class TextFormatter final : public LineFormatter {
  public:
    std::unique_ptr<formatter> clone() const override { return std::make_unique<TextFormatter>(); }

  private:
    void Start(const spdlog::details::log_msg& line, std::string& out) const override {
        AppendTime(TimeOf(line), out);
        const std::string_view level = LevelName(line.level);
        out += ' ';
        out += level;
        out.append(level.size() < 5 ? 6 - level.size() : 1, ' ');
        out += View(line.logger_name);
        out += ": ";
        AppendPlain(View(line.payload), out);
    }
    void Append(const LogField& field, std::string& out) const override {
        out += ' ';
        out += field.key();
        out += '=';
        const bool plain = field.value().find_first_of(" \"=\n\t") == std::string::npos;
        if (plain && !field.value().empty()) {
            AppendPlain(field.value(), out);
        } else {
            AppendJsonString(field.value(), out);
        }
    }
    void End(std::string& out) const override { out += '\n'; }

    // Control characters could forge lines or drive the terminal.
    static void AppendPlain(std::string_view text, std::string& out) {
        for (const char c : text)
            out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
    }
};

std::unique_ptr<spdlog::formatter> MakeFormatter(LogFormat format) {
    const bool json =
        format == LogFormat::kJson || (format == LogFormat::kAuto && isatty(STDOUT_FILENO) == 0);
    if (json) return std::make_unique<JsonFormatter>();
    return std::make_unique<TextFormatter>();
}

// Where all lines go; spdlog's default logger shares it, so foreign lines look the same.
struct Output {
    std::shared_ptr<spdlog::sinks::stdout_sink_mt> sink =
        std::make_shared<spdlog::sinks::stdout_sink_mt>();
    std::atomic<LogLevel> level = LogLevel::kInfo;

    Output() { sink->set_formatter(MakeFormatter(LogFormat::kAuto)); }
};

Output& TheOutput() {
    static Output output;
    return output;
}

}  // namespace

Result<LogLevel> ParseLogLevel(std::string_view text) {
    if (text == "debug") return LogLevel::kDebug;
    if (text == "info") return LogLevel::kInfo;
    if (text == "warn") return LogLevel::kWarn;
    if (text == "error") return LogLevel::kError;
    if (text == "critical") return LogLevel::kCritical;
    if (text == "off") return LogLevel::kOff;
    return absl::InvalidArgumentError("log level must be debug, info, warn, error, critical or off"
    );
}

Result<LogFormat> ParseLogFormat(std::string_view text) {
    if (text == "auto") return LogFormat::kAuto;
    if (text == "json") return LogFormat::kJson;
    if (text == "text") return LogFormat::kText;
    return absl::InvalidArgumentError("log format must be auto, json or text");
}

void SetupLogging(LogLevel level, LogFormat format) {
    Output& output = TheOutput();
    output.sink->set_formatter(MakeFormatter(format));
    spdlog::set_default_logger(std::make_shared<spdlog::logger>("process", output.sink));
    SetLogLevel(level);
}

void SetLogLevel(LogLevel level) {
    TheOutput().level.store(level, std::memory_order_relaxed);
    spdlog::set_level(ToSpdlog(level));
}

LogField::LogField(std::string_view key, double value) : key_(key) {
    std::array<char, 32> text;
    const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
    value_.assign(text.data(), end);
    quoted_ = value_.find_first_of("in") != std::string::npos;  // JSON knows no inf and nan
}

Logger Logger::With(LogFields fields) const {
    Logger more = *this;
    more.bound_.insert(more.bound_.end(), fields.begin(), fields.end());
    return more;
}

bool Logger::Enabled(LogLevel level) {
    return level >= TheOutput().level.load(std::memory_order_relaxed) && level != LogLevel::kOff;
}

void Logger::Write(LogLevel level, std::string_view message, LogFields fields) const {
    if (!Enabled(level)) return;
    line_fields = {bound_, {fields.begin(), fields.size()}};
    const spdlog::details::log_msg line(
        name_, ToSpdlog(level), spdlog::string_view_t(message.data(), message.size())
    );
    TheOutput().sink->log(line);
    TheOutput().sink->flush();
    line_fields = {};
}

std::optional<uint64_t> LogThrottle::Allow() {
    const int64_t now = std::chrono::steady_clock::now().time_since_epoch().count();
    int64_t next = next_.load(std::memory_order_relaxed);
    if (now < next || !next_.compare_exchange_strong(next, now + interval_.count())) {
        held_back_.fetch_add(1, std::memory_order_relaxed);
        return std::nullopt;
    }
    return held_back_.exchange(0, std::memory_order_relaxed);
}

}  // namespace mp::telemetry
