import Testing
import WherryEngine
import WherryModel
import WherryNetwork

@Suite struct FirewallRulesTests {
  private static func network(_ name: String, _ prefix: String, _ isInternal: Bool = false) throws
    -> NetworkDefinition
  {
    let prefix = try #require(IPPrefix(prefix))
    return NetworkDefinition(
      id: String(repeating: "ab", count: 32), name: name,
      subnets: [.init(prefix: prefix, gateway: try #require(prefix.base.adding(1)))], isInternal: isInternal)
  }

  private static func plan(_ network: NetworkDefinition, _ forwards: [PortForward]) throws -> NetworkPlan {
    let address = try #require(network.subnets[0].prefix.base.adding(2))
    let endpoint = EndpointPlan(
      network: network, mac: .derived(from: address), addresses: [address], names: ["web"], interface: "eth0")
    let sandbox = SandboxPlan(
      id: try ContainerID(String(repeating: "0a", count: 32)), endpoints: [endpoint], forwards: forwards)
    return NetworkPlan(networks: [network], sandboxes: [sandbox])
  }

  private static func text(_ plan: NetworkPlan, confines: Bool = false) -> String {
    FirewallRules(
      plan: plan, names: InterfaceNames(runDirectory: "/run/wherry"), confinesForwarding: confines
    ).text
  }

  @Test(arguments: [
    ("0.0.0.0", "meta nfproto ipv4 tcp dport 8080 dnat ip to 10.87.0.2:80"),
    ("127.0.0.1", "ip daddr 127.0.0.1 tcp dport 8080 dnat ip to 10.87.0.2:80"),
  ]) func aPublishedPortLeadsToTheContainer(_ address: String, _ rule: String) throws {
    let forward = PortForward(
      transport: .tcp, hostAddress: try #require(IPAddress(address)), hostPort: 8080, containerPort: 80)
    let text = Self.text(try Self.plan(try Self.network("bridge", "10.87.0.0/20"), [forward]))
    #expect(text.contains(rule + "\n"))
    #expect(text.hasPrefix("add table inet wherry\ndelete table inet wherry\ntable inet wherry {\n"))
  }

  @Test func aPortOfAFamilyTheContainerLacksHasNoRule() throws {
    let forward = PortForward(transport: .tcp, hostAddress: .anyIPv6, hostPort: 8080, containerPort: 80)
    #expect(
      !Self.text(try Self.plan(try Self.network("bridge", "10.87.0.0/20"), [forward])).contains("dnat ip6"))
  }

  @Test func anInternalNetworkIsNeitherMasqueradedNorLeft() throws {
    let text = Self.text(try Self.plan(try Self.network("cut", "10.99.0.0/24", true), []))
    #expect(!text.contains("oifname != \"wh-abababababab\" masquerade"))
    #expect(text.contains("iifname \"wh-abababababab\" oifname != \"wh-abababababab\" drop\n"))
  }

  @Test(arguments: [false, true]) func othersTrafficIsOnlyConfinedWhereForwardingWasOff(_ confines: Bool)
    throws
  {
    let text = Self.text(try Self.plan(try Self.network("bridge", "10.87.0.0/20"), []), confines: confines)
    #expect(text.contains("iifname @bridges accept\ndrop\n") == confines)
  }

  @Test(arguments: [("/run/wherry", "wherry"), ("/run/other", "wherry-")])
  func aSecondEngineHasNamesOfItsOwn(_ folder: String, _ prefix: String) throws {
    let names = InterfaceNames(runDirectory: folder)
    #expect(names.table.hasPrefix(prefix))
    #expect((names.table == "wherry") == (folder == "/run/wherry"))
    let network = try Self.network("bridge", "10.87.0.0/20")
    #expect(names.bridge(network).utf8.count <= 15)
    #expect(names.link(try ContainerID(String(repeating: "0a", count: 32)), network).utf8.count <= 15)
  }
}
