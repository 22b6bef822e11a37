import Glibc
import NIOCore
import WherryModel

/// A numeric address and port to listen on.
struct TCPAddress {
  private let address: SocketAddress

  /// Parses `ADDRESS:PORT`, an IPv6 address in brackets. Throws `invalidArgument`.
  static func parse(_ text: String) throws(WherryError) -> TCPAddress {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    var host = parts.dropLast().joined(separator: ":")[...]
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    do {
      guard let port = parts.last.flatMap({ UInt16($0) }) else { throw invalid(text) }
      return TCPAddress(address: try SocketAddress(ipAddress: String(host), port: numericCast(port)))
    } catch {
      throw invalid(text)
    }
  }

  private static func invalid(_ text: String) -> WherryError {
    WherryError(
      .invalidArgument, "invalid address \(String(text.prefix(80)).debugDescription)",
      hint: "write 0.0.0.0:2378 or [::]:2378")
  }

  var family: Int32 { address.protocol == .inet6 ? AF_INET6 : AF_INET }

  /// bind(2).
  func bind(_ descriptor: Int32) -> Int32 {
    address.withSockAddr { Glibc.bind(descriptor, $0, socklen_t($1)) }
  }
}
