import Testing
import WherryEngine
import WherryModel
import WherryNetwork

@Suite struct NameServiceTests {
  @Test(arguments: [([], ""), (["1.1.1.1", "fd00::1"], " 1.1.1.1,fd00::1")] as [([String], String)])
  func aContainersOwnServersAreTheLastColumn(_ servers: [String], _ column: String) throws {
    let prefix = try #require(IPPrefix("10.50.0.0/24"))
    let network = NetworkDefinition(
      id: String(repeating: "ab", count: 32), name: "app",
      subnets: [.init(prefix: prefix, gateway: try #require(prefix.base.adding(1)))])
    let address = try #require(prefix.base.adding(2))
    let endpoint = EndpointPlan(
      network: network, mac: .derived(from: address), addresses: [address], names: ["web", "db"],
      interface: "eth0")
    let id = try ContainerID(String(repeating: "0a", count: 32))
    let sandbox = SandboxPlan(
      id: id, endpoints: [endpoint], servers: try servers.map { try #require(IPAddress($0)) })
    #expect(
      NameService.files(NetworkPlan(networks: [network], sandboxes: [sandbox]))
        == ["app": "10.50.0.1\n\(id) 10.50.0.2  web,db\(column)\n"])
    let device = try #require(IPAddress("9.9.9.9"))
    #expect(
      NameService.files(NetworkPlan(networks: [network], sandboxes: [sandbox], servers: [device]))
        == ["app": "10.50.0.1\n\(id) 10.50.0.2  web,db\(column.isEmpty ? " 9.9.9.9" : column)\n"])
  }
}
