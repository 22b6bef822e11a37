import Testing
import WherryWire

@testable import WherryCommands

@Suite struct NetworkOptionTests {
  @Test(arguments: [
    ("80", [PortMapping(containerPort: 80, protocol: "tcp")]),
    ("8080:80", [PortMapping(containerPort: 80, protocol: "tcp", hostPort: 8080)]),
    ("8080:80/UDP", [PortMapping(containerPort: 80, protocol: "udp", hostPort: 8080)]),
    (
      "127.0.0.1:8080:80",
      [PortMapping(containerPort: 80, protocol: "tcp", hostAddress: "127.0.0.1", hostPort: 8080)]
    ),
    ("127.0.0.1::80", [PortMapping(containerPort: 80, protocol: "tcp", hostAddress: "127.0.0.1")]),
    ("[::1]:8080:80", [PortMapping(containerPort: 80, protocol: "tcp", hostAddress: "::1", hostPort: 8080)]),
    ("0:80", [PortMapping(containerPort: 80, protocol: "tcp")]),
    (
      "8000-8001:80-81",
      [
        PortMapping(containerPort: 80, protocol: "tcp", hostPort: 8000),
        PortMapping(containerPort: 81, protocol: "tcp", hostPort: 8001),
      ]
    ),
    ("8000-8010:80", [PortMapping(containerPort: 80, protocol: "tcp", hostPort: 8000, hostPortEnd: 8010)]),
  ]) func publish(_ text: String, _ expected: [PortMapping]) throws {
    #expect(try PublishOption.parse(text) == expected)
  }

  @Test(arguments: [
    "", ":", "x", "0", "70000", "80/icmp", "1.2.3:80:80", "a:b:c:d", "81-80", "1-3:1-2", "[::1:80", "80:",
    "1-2-3:4",
  ]) func whatIsNoPortIsRefused(_ text: String) {
    #expect(throws: OptionError.self) { try PublishOption.parse(text) }
  }

  @Test func portsAreDrawnAsDockerDoes() {
    let ports = [
      PortBinding(containerPort: 80, protocol: "tcp", hostAddress: "0.0.0.0", hostPort: 8080),
      PortBinding(containerPort: 80, protocol: "tcp", hostAddress: "::", hostPort: 8080),
      PortBinding(containerPort: 90, protocol: "tcp", hostAddress: "0.0.0.0", hostPort: 90),
      PortBinding(containerPort: 91, protocol: "tcp", hostAddress: "0.0.0.0", hostPort: 91),
      PortBinding(containerPort: 443, protocol: "tcp"),
    ]
    #expect(
      PortsView.column(ports)
        == "0.0.0.0:8080->80/tcp, [::]:8080->80/tcp, 0.0.0.0:90-91->90-91/tcp, 443/tcp")
    #expect(
      JSONWriter.compact(PortsView.map(ports)).hasPrefix(
        #"{"443/tcp":null,"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"8080"},{"HostIp":"::","HostPort":"8080"}]"#
      ))
  }

  @Test func theLongFormOfNetwork() throws {
    #expect(
      try NetworkOption.parse("name=app,alias=a,alias=b,ip=10.0.0.5")
        == NetworkAttachment(name: "app", aliases: ["a", "b"], ipv4: "10.0.0.5"))
    #expect(throws: OptionError.self) { try NetworkOption.parse("alias=a") }
  }
}
