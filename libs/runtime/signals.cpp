#include "runtime/signals.hpp"

#include <csignal>
#include <optional>

#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/signal_set.hpp>

#include "runtime/condition.hpp"

namespace mp::runtime {
namespace {

// One per io_context, so that those who wait and whoever installs find the same state without a
// global.
class Signals : public asio::execution_context::service {
  public:
    using key_type = Signals;
    static inline asio::execution_context::id id;

    explicit Signals(asio::execution_context& context)
        : asio::execution_context::service(context),
          set_(std::in_place, static_cast<asio::io_context&>(context), SIGINT, SIGTERM, SIGHUP) {
        Listen();
    }

    Event& shutdown_asked() { return shutdown_asked_; }
    Event& reload_asked() { return reload_asked_; }

  private:
    void Listen() {
        set_->async_wait([this](const boost::system::error_code& error, int signal) {
            if (error) return;
            (signal == SIGHUP ? reload_asked_ : shutdown_asked_).Set();
            Listen();
        });
    }

    void shutdown() override { set_.reset(); }

    std::optional<asio::signal_set> set_;
    Event shutdown_asked_;
    Event reload_asked_;
};

Signals& SignalsOf(const Executor& executor) {
    auto& context = asio::query(executor, asio::execution::context);
    return asio::use_service<Signals>(static_cast<asio::io_context&>(context));
}

}  // namespace

Task<Status> ShutdownSignal() {
    const Executor executor = co_await asio::this_coro::executor;
    co_await SignalsOf(executor).shutdown_asked().Wait();
    co_return OkStatus();
}

Task<> ReloadSignal() {
    const Executor executor = co_await asio::this_coro::executor;
    Event& asked = SignalsOf(executor).reload_asked();
    co_await asked.Wait();
    asked.Reset();
}

void InstallSignals(asio::io_context& io) {
    std::signal(SIGPIPE, SIG_IGN);
    asio::use_service<Signals>(io);
}

}  // namespace mp::runtime
