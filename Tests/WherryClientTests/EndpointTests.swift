import Testing
import WherryModel

@testable import WherryClient

struct EndpointTests {
  static let accepted = [
    ("unix:///a", "unix:///a"), ("tcp://device", "tcp://device:2378"), ("tcp://device:1/", "tcp://device:1"),
    ("tls://10.0.0.7:99", "tcp://10.0.0.7:99"), ("tcp://[fe80::1%eth0]:5", "tcp://[fe80::1%eth0]:5"),
    ("tcp://[::1]", "tcp://[::1]:2378"), ("ssh://device", "ssh://device"),
    ("ssh://pi@device/", "ssh://pi@device"),
    ("ssh://pi@[::1]:22/run/w.sock", "ssh://pi@[::1]:22/run/w.sock"), ("fd://3", "fd://3"),
  ]

  @Test(arguments: accepted) func hostsAreRead(_ text: String, _ normal: String) throws {
    #expect(try Endpoint(text).description == normal)
  }

  static let refused = [
    "", "/run/x.sock", "unix://", "unix://run/x.sock", "http://device", "unix:///a\0b",
    "unix:///" + String(repeating: "x", count: 107), "tcp://", "tcp://:2378", "tcp://a:0", "tcp://a:65536",
    "tcp://a:x",
    "tcp://[::1", "tcp://[::1]x", "tcp://a b", "tcp://user@host", "tcp://a/path", "ssh://",
    "ssh://-oProxyCommand=x",
    "ssh://-l@host", "ssh://@host", "ssh://u:p@host", "ssh://a;b", "ssh://host/run/a b", "ssh://host/$(x)",
    "ssh://a\nb", "fd://", "fd://2", "fd://-3", "fd://+3", "fd://x", "fd://3/", "fd://99999999999",
  ]

  @Test(arguments: refused) func anythingElseIsRefusedByName(_ text: String) {
    let error = #expect(throws: WherryError.self) { try Endpoint(text) }
    #expect(error?.code == .invalidArgument)
    #expect(error?.message.hasPrefix("invalid host") == true)
  }

  @Test func whatSSHIsAskedIsNoOptionOfIts() throws {
    guard case .ssh(let target) = try Endpoint("ssh://pi@device:2222/run/w.sock").transport else {
      Issue.record("no ssh")
      return
    }
    let separator = try #require(target.arguments.firstIndex(of: "--"))
    #expect(target.arguments[..<separator].contains("pi"))
    #expect(
      Array(target.arguments[(separator + 1)...])
        == ["device", "wherry", "--host", "unix:///run/w.sock", "dial-stdio"])
  }
}
