#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "base/status.hpp"
#include "exchange-sim/options.hpp"
#include "exchange-sim/outlet.hpp"
#include "exchange-sim/recorded_answers.hpp"
#include "exchange-sim/venue.hpp"

namespace mp::sim {

// One listening socket for everything: the exchanges' REST and WebSocket, and the control paths
// under /sim/. One thread.
class Server {
  public:
    // Answers /sim/ requests.
    using Control = std::function<boost::asio::awaitable<HttpReply>(const HttpRequest&)>;

    Server(
        boost::asio::io_context& io,
        Hub& hub,
        Outlet& outlet,
        EvidenceLog& log,
        std::vector<Venue*> venues,
        RecordedAnswers recorded,
        const Options& options,
        Control control
    );

    Status Listen(const std::string& host, std::uint16_t port);
    std::uint16_t port() const;

    boost::asio::awaitable<void> Run();
    // Ends accepting and all connections.
    void Stop();

    const std::map<std::string, std::uint64_t>& requests() const { return requests_; }

  private:
    using Tcp = boost::asio::ip::tcp;

    boost::asio::awaitable<void> Serve(Tcp::socket socket);
    boost::asio::awaitable<void> Talk(Tcp::socket& socket);
    boost::asio::awaitable<HttpReply> Answer(const HttpRequest& request);
    boost::asio::awaitable<HttpReply> AnswerVenue(const HttpRequest& request);
    boost::asio::awaitable<HttpReply> AnswerUndisturbed(Venue& venue, const HttpRequest& request);
    boost::asio::awaitable<void> ServeSocket(
        Tcp::socket socket, Venue& venue, HttpRequest request, std::string early
    );
    Venue* VenueOf(const HttpRequest& request, bool socket) const;

    boost::asio::io_context& io_;
    Hub& hub_;
    Outlet& outlet_;
    EvidenceLog& log_;
    // Asked in this order whose a request is.
    const std::vector<Venue*> venues_;
    RecordedAnswers recorded_;
    const WsLimits limits_;
    const bool recorded_clock_;
    const Control control_;
    Tcp::acceptor acceptor_;
    std::set<Tcp::socket*> http_sockets_;
    std::map<std::string, std::uint64_t> requests_;
    std::uint64_t next_session_ = 0;
    bool stopped_ = false;
    Signal stop_signal_;
};

}  // namespace mp::sim
