#include "bench/gateway/http_client.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <netinet/tcp.h>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include "bench/figures.hpp"

namespace mp::bench {
namespace {

[[noreturn]] void Die(std::string_view what, std::string_view answer = {}) {
    std::fprintf(
        stderr,
        "http client: %.*s\n%.*s\n",
        static_cast<int>(what.size()),
        what.data(),
        static_cast<int>(answer.size()),
        answer.data()
    );
    std::exit(1);
}

// Head and body of the answer at the front of `text`; 0 where it is not complete yet.
size_t CompleteAnswer(std::string_view text) {
    const size_t head = text.find("\r\n\r\n");
    if (head == std::string_view::npos) return 0;
    if (!text.starts_with("HTTP/1.1 200")) Die("not a 200", text);
    constexpr std::string_view kLength = "\r\nContent-Length: ";
    const size_t at = text.substr(0, head).find(kLength);
    if (at == std::string_view::npos) Die("no Content-Length", text);
    size_t body = 0;
    std::from_chars(text.data() + at + kLength.size(), text.data() + head, body);
    const size_t size = head + 4 + body;
    return text.size() < size ? 0 : size;
}

class Connection {
  public:
    explicit Connection(const HttpTarget& target)
        : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
          request_("GET " + target.path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n") {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(target.port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const int on = 1;
        ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
            Die("cannot connect");
        }
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() { ::close(socket_); }

    int socket() const { return socket_; }

    void Ask() {
        received_ = 0;
        const auto size = static_cast<ssize_t>(request_.size());
        if (::send(socket_, request_.data(), request_.size(), 0) != size) Die("cannot send");
    }

    // Takes what has come; the size of the answer once it is complete, else 0.
    size_t Take() {
        if (received_ == buffer_.size()) buffer_.resize(2 * buffer_.size());
        const ssize_t size =
            ::recv(socket_, buffer_.data() + received_, buffer_.size() - received_, 0);
        if (size <= 0) Die("the connection ended");
        received_ += static_cast<size_t>(size);
        return CompleteAnswer({buffer_.data(), received_});
    }

  private:
    const int socket_;
    const std::string request_;
    std::vector<char> buffer_ = std::vector<char>(64u << 10);
    size_t received_ = 0;
};

}  // namespace

size_t AnswerBytes(const HttpTarget& target) {
    Connection connection(target);
    connection.Ask();
    for (;;) {
        if (const size_t size = connection.Take(); size != 0) return size;
    }
}

double HttpRate(const HttpTarget& target, size_t connections, std::chrono::milliseconds duration) {
    const int poll = ::epoll_create1(EPOLL_CLOEXEC);
    std::vector<std::unique_ptr<Connection>> all;
    for (size_t i = 0; i < connections; ++i) {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.ptr = all.emplace_back(std::make_unique<Connection>(target)).get();
        ::epoll_ctl(poll, EPOLL_CTL_ADD, all.back()->socket(), &event);
    }
    for (const auto& connection : all) connection->Ask();
    size_t answers = 0;
    const auto began = Clock::now();
    auto now = began;
    std::vector<epoll_event> events(connections);
    for (; now - began < duration; now = Clock::now()) {
        const int ready = ::epoll_wait(poll, events.data(), static_cast<int>(events.size()), 1000);
        if (ready == 0 || (ready < 0 && errno != EINTR)) Die("no answer within a second");
        for (int i = 0; i < ready; ++i) {
            auto* connection = static_cast<Connection*>(events[static_cast<size_t>(i)].data.ptr);
            if (connection->Take() == 0) continue;
            ++answers;
            connection->Ask();
        }
    }
    ::close(poll);
    return static_cast<double>(answers) / SecondsSince(began);
}

}  // namespace mp::bench
