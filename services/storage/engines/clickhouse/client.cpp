#include "storage/engines/clickhouse/client.hpp"

#include <algorithm>
#include <charconv>
#include <curl/curl.h>
#include <mutex>
#include <utility>

#include "storage/engines/clickhouse/compression.hpp"
#include "storage/engines/clickhouse/text.hpp"

namespace mp::storage::clickhouse {
namespace {

constexpr size_t kMaxErrorText = 400;
constexpr long kReadAtOnce = 256L << 10;  // bytes of an answer
// The answer is kept back until it is whole, so that an error in the middle of it is told as one:
// in the server's memory where it is not larger than this. Without a size every answer becomes a
// file first.
constexpr std::string_view kWhole = "&wait_end_of_query=1&buffer_size=33554432";

struct Answer {
    CURL* curl = nullptr;
    const ByteSink* sink = nullptr;  // of what is no error; null: `text`
    std::string text;
    Status sunk;
};

size_t TakeBytes(char* bytes, size_t size, size_t count, void* to) {
    Answer& answer = *static_cast<Answer*>(to);
    long http_status = 0;
    if (answer.sink != nullptr) {
        curl_easy_getinfo(answer.curl, CURLINFO_RESPONSE_CODE, &http_status);
    }
    if (http_status != 200) {
        answer.text.append(bytes, size * count);
        return size * count;
    }
    answer.sunk = (*answer.sink)({bytes, size * count});
    return answer.sunk.ok() ? size * count : CURL_WRITEFUNC_ERROR;
}

// Asked by libcurl about once a second while a call is under way; not 0 ends it.
int IsGivenUp(void* deadline, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    const auto& at = *static_cast<const std::atomic<Deadline::Clock::time_point>*>(deadline);
    return Deadline::At(at).Passed() ? 1 : 0;
}

// "Code: 252, e.displayText() = DB::Exception: ..." and "Code: 252. DB::Exception: ...".
int ErrorCodeOf(std::string_view body) {
    constexpr std::string_view kMark = "Code: ";
    const size_t at = body.find(kMark);
    if (at == std::string_view::npos) return 0;
    int code = 0;
    const std::string_view digits = body.substr(at + kMark.size());
    std::from_chars(digits.data(), digits.data() + digits.size(), code);
    return code;
}

absl::StatusCode StatusOf(int code) {
    switch (code) {
        case 60:  // UNKNOWN_TABLE
        case 81:  // UNKNOWN_DATABASE
            return absl::StatusCode::kNotFound;
        case 57:  // TABLE_ALREADY_EXISTS
        case 82:  // DATABASE_ALREADY_EXISTS
            return absl::StatusCode::kAlreadyExists;
        case 62:  // SYNTAX_ERROR
        case 46:  // UNKNOWN_FUNCTION
        case 47:  // UNKNOWN_IDENTIFIER
            return absl::StatusCode::kInvalidArgument;
        case 192:  // UNKNOWN_USER
        case 193:  // WRONG_PASSWORD
        case 194:  // REQUIRED_PASSWORD
        case 497:  // ACCESS_DENIED
        case 516:  // AUTHENTICATION_FAILED
            return absl::StatusCode::kPermissionDenied;
        case 243:  // NOT_ENOUGH_SPACE
            return absl::StatusCode::kResourceExhausted;
        case 159:  // TIMEOUT_EXCEEDED
        case 164:  // READONLY
        case 202:  // TOO_MANY_SIMULTANEOUS_QUERIES
        case 209:  // SOCKET_TIMEOUT
        case 210:  // NETWORK_ERROR
        case 225:  // NO_ZOOKEEPER
        case 241:  // MEMORY_LIMIT_EXCEEDED
        case 242:  // TABLE_IS_READ_ONLY
        case 252:  // TOO_MANY_PARTS
        case 285:  // TOO_FEW_LIVE_REPLICAS
        case 319:  // UNKNOWN_STATUS_OF_INSERT
        case 394:  // QUERY_WAS_CANCELLED
        case 999:  // KEEPER_EXCEPTION
            return absl::StatusCode::kUnavailable;
        default:
            return absl::StatusCode::kInternal;
    }
}

}  // namespace

Status FromAnswer(long http_status, std::string_view body, std::string_view server) {
    const int code = ErrorCodeOf(body);
    std::string text(body.substr(0, kMaxErrorText));
    while (!text.empty() && text.back() == '\n') text.pop_back();
    if (text.find("o space left on device") != std::string::npos) {
        return absl::ResourceExhaustedError(Concat(server, ": ", text));
    }
    if (code != 0) return Status(StatusOf(code), Concat(server, ": ", text));
    return absl::UnavailableError(Concat(server, ": HTTP ", http_status, " ", text));
}

struct Client::Handle {
    Handle() : curl(curl_easy_init()) {}
    ~Handle() {
        curl_slist_free_all(headers);
        curl_easy_cleanup(curl);
    }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;

    void Secure(std::shared_ptr<const tls::Material> current);

    CURL* curl;
    std::shared_ptr<const tls::Material> material;  // null: the system's CAs
    // No wait for "100 Continue" in front of large bodies.
    curl_slist* headers = curl_slist_append(nullptr, "Expect:");
    char error[CURL_ERROR_SIZE] = {};
};

// An open connection keeps what it was made with, so a change wants a new one.
void Client::Handle::Secure(std::shared_ptr<const tls::Material> current) {
    if (current == material) return;
    material = std::move(current);
    const auto give = [this](CURLoption option, const std::string& pem) {
        if (pem.empty()) return;
        curl_blob blob{const_cast<char*>(pem.data()), pem.size(), CURL_BLOB_COPY};
        curl_easy_setopt(curl, option, &blob);
    };
    give(CURLOPT_CAINFO_BLOB, material->ca);
    give(CURLOPT_SSLCERT_BLOB, material->certificate);
    give(CURLOPT_SSLKEY_BLOB, material->key);
    curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L);
}

Client::Client(ClientConfig config)
    : config_(std::move(config)),
      name_(config_.shard.empty() ? "clickhouse" : Concat("clickhouse shard ", config_.shard)),
      slots_(config_.pool_size + config_.pool_overflow) {
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

Client::~Client() = default;

std::unique_ptr<Client::Handle> Client::Take() const {
    {
        const MutexLock lock(mutex_);
        if (!idle_.empty()) {
            std::unique_ptr<Handle> handle = std::move(idle_.back());
            idle_.pop_back();
            return handle;
        }
    }
    auto handle = std::make_unique<Handle>();
    CURL* const curl = handle->curl;
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, handle->headers);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, handle->error);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, TakeBytes);
    curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, kReadAtOnce);
    curl_easy_setopt(curl, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(
        curl, CURLOPT_MAXLIFETIME_CONN, static_cast<long>(config_.pool_recycle.count())
    );
    // The oldest servers close what was idle for 3 s. Under TLS libcurl notices only by a request
    // that fails, and the sixth time in a handle's life it does not try again.
    curl_easy_setopt(curl, CURLOPT_MAXAGE_CONN, 1L);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(
        curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(config_.connect_timeout.count())
    );
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, IsGivenUp);
    curl_easy_setopt(
        curl,
        CURLOPT_XFERINFODATA,
        static_cast<void*>(const_cast<std::atomic<Deadline::Clock::time_point>*>(&give_up_at_))
    );
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    if (!config_.user.empty()) {
        curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
        curl_easy_setopt(curl, CURLOPT_USERNAME, config_.user.c_str());
        curl_easy_setopt(curl, CURLOPT_PASSWORD, config_.password.c_str());
    }
    return handle;
}

void Client::Return(std::unique_ptr<Handle> handle) const {
    const MutexLock lock(mutex_);
    if (idle_.size() < config_.pool_size) idle_.push_back(std::move(handle));
}

void Client::GiveUpAt(Deadline deadline) {
    give_up_at_ = deadline.time();
    slots_.GiveUpAt(deadline);
}

Result<std::string> Client::Send(
    const std::string& url, std::string_view body, const ByteSink* sink, Deadline latest
) const {
    const Deadline deadline = Deadline::After(config_.request_timeout).Earlier(latest);
    if (!slots_.Take(deadline)) {
        return absl::UnavailableError(Concat(
            name_,
            " at ",
            config_.url,
            ": no connection became free: ",
            config_.pool_size + config_.pool_overflow,
            " are in use"
        ));
    }
    Result<std::string> answer = SendNow(url, body, sink, deadline);
    slots_.Return();
    return answer;
}

Result<std::string> Client::SendNow(
    const std::string& url, std::string_view body, const ByteSink* sink, Deadline deadline
) const {
    std::unique_ptr<Handle> handle = Take();
    CURL* const curl = handle->curl;
    // 0 would mean: without end.
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline.Left());
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, std::max(1L, static_cast<long>(left.count())));
    curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 0L);
    if (config_.tls != nullptr) handle->Secure(config_.tls->Current());
    Answer answer{curl, sink, {}, {}};
    handle->error[0] = '\0';
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.data());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
    const CURLcode sent = curl_easy_perform(curl);
    long http_status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &http_status);
    long opened = 0;
    curl_easy_getinfo(curl, CURLINFO_NUM_CONNECTS, &opened);
    opened_ += static_cast<uint64_t>(opened);
    if (!answer.sunk.ok()) return answer.sunk;
    if (sent != CURLE_OK) {
        const char* const why = handle->error[0] == '\0' ? curl_easy_strerror(sent) : handle->error;
        return absl::UnavailableError(Concat(name_, " at ", config_.url, ": ", why));
    }
    Return(std::move(handle));
    if (http_status != 200) return FromAnswer(http_status, answer.text, name_);
    return std::move(answer.text);
}

namespace {

std::string Escaped(std::string_view text) {
    constexpr char kDigits[] = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
        if (plain) {
            out += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out += '%';
            out += kDigits[byte >> 4];
            out += kDigits[byte & 15];
        }
    }
    return out;
}

std::vector<std::string> SplitAtTabs(std::string_view line) {
    std::vector<std::string> cells;
    for (;;) {
        const size_t end = line.find('\t');
        cells.emplace_back(line.substr(0, end));
        if (end == std::string_view::npos) return cells;
        line.remove_prefix(end + 1);
    }
}

}  // namespace

std::string Client::InDatabase(std::string_view parameters) const {
    return Concat(config_.url, "/?database=", Escaped(config_.database), parameters);
}

// Never compressed: 18.16 forgets the end of what it compresses, all of a small answer.
Result<std::string> Client::Query(std::string_view sql) const {
    return Send(InDatabase(kWhole), sql);
}

Status Client::Download(std::string_view sql, const ByteSink& sink) const {
    return Send(InDatabase(kWhole), sql, &sink).status();
}

Result<std::string> Client::QueryServer(std::string_view sql) const {
    return Send(Concat(config_.url, "/?", kWhole.substr(1)), sql);
}

Status Client::Execute(std::string_view sql) const {
    return Send(InDatabase(kWhole), sql).status();
}

// The oldest server takes LowCardinality for an experiment; today's refuses a setting that it does
// not know.
Status Client::Define(std::string_view sql) const {
    constexpr std::string_view kSetting = "allow_experimental_low_cardinality_type";
    const auto known =
        Rows(Concat("SELECT name FROM system.settings WHERE name = '", kSetting, "'"));
    if (!known.ok()) return known.status();
    if (known->empty()) return Execute(sql);
    return Send(InDatabase(Concat(kWhole, "&", kSetting, "=1")), sql).status();
}

Result<std::vector<std::vector<std::string>>> Client::Rows(std::string_view sql) const {
    const Result<std::string> answer =
        Send(InDatabase(kWhole), Concat(sql, " FORMAT TabSeparatedRaw"));
    if (!answer.ok()) return answer.status();
    std::vector<std::vector<std::string>> rows;
    std::string_view rest = *answer;
    while (!rest.empty()) {
        const size_t end = std::min(rest.find('\n'), rest.size());
        rows.push_back(SplitAtTabs(rest.substr(0, end)));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return rows;
}

Status Client::Insert(std::string_view sql, std::string_view block) const {
    std::string packed;
    Pack(block, packed);
    return InsertPacked(sql, packed);
}

void Client::Pack(std::string_view block, std::string& packed) const {
    if (config_.compress) {
        Compress(block, packed);
    } else {
        packed += block;
    }
}

Status Client::InsertPacked(std::string_view sql, std::string_view packed) const {
    const Deadline latest = config_.fence ? config_.fence->until() : Deadline::Never();
    if (latest.Passed()) return absl::AbortedError(name_ + ": no lease to write under");
    // Servers that replicate drop an insert that equals an earlier one: rows that were deleted and
    // come again would be missing. Repeats are told apart by their revisions.
    const std::string query = Concat("&insert_deduplicate=0&query=", Escaped(sql));
    if (!config_.compress) return Send(InDatabase(query), packed, nullptr, latest).status();
    // TCP's checksums must do: those of the format are a hash that nobody else uses.
    const std::string url = InDatabase(
        Concat("&decompress=1&http_native_compression_disable_checksumming_on_decompress=1", query)
    );
    return Send(url, packed, nullptr, latest).status();
}

}  // namespace mp::storage::clickhouse
