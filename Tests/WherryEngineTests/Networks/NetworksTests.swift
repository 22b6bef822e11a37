import Synchronization
import Testing
import WherryEngine
import WherryModel
import WherryOCI
import WherryWire

@Suite struct NetworksTests {
  @Test func aContainerIsOnTheDefaultNetworkAndKeepsItsAddress() async throws {
    let bench = try await Bench()
    let id = try await bench.start()
    let first = try #require(bench.network.connected[id]?.endpoints.first)
    #expect(first.network.name == "bridge")
    #expect(first.addresses.map(\.description) == ["10.87.0.2"])
    #expect(first.mac.description == "02:42:0a:57:00:02")
    try await bench.containers.stop("web")
    #expect(bench.network.connected.isEmpty)
    _ = try await bench.start("other")
    try await bench.restartDaemon()
    try await bench.containers.start("web")
    #expect(bench.network.connected[id]?.endpoints.first?.addresses == first.addresses)
  }

  @Test func theDefaultNetworkKeepsAwayFromTheDevicesRoutes() async throws {
    let bench = try await Bench()
    let route = try #require(IPPrefix("10.0.0.0/9"))
    bench.network.state.withLock { $0.routes = [route] }
    let id = try await bench.start()
    #expect(
      bench.network.connected[id]?.endpoints.first?.network.subnets.first?.prefix.description
        == "10.187.0.0/20")
  }

  @Test func aRestartKeepsTheNetwork() async throws {
    let bench = try await Bench()
    let id = try await bench.start { $0.ports = [PortMapping(containerPort: 80, protocol: "tcp")] }
    let before = bench.network.connected[id]
    #expect(before?.forwards.count == 1)
    try await bench.containers.restart("web")
    #expect(bench.network.connected[id] == before)
  }

  @Test func aPortThatSomebodyHasIsRefusedWithTheOwner() async throws {
    let bench = try await Bench()
    let publish: (inout ContainerSpec) -> Void = {
      $0.ports = [PortMapping(containerPort: 80, protocol: "tcp", hostPort: 8080)]
    }
    _ = try await bench.start("one", publish)
    _ = try await bench.create("two", publish)
    await #expect { try await bench.containers.start("two") } throws: {
      ($0 as? WherryError)?.message.contains("port is already allocated to container one") ?? false
    }
    try await bench.containers.stop("one")
    try await bench.containers.start("two")
    try await bench.containers.stop("two")
    bench.network.state.withLock { $0.owners[8080] = "process 7 (nginx)" }
    await #expect { try await bench.containers.start("two") } throws: {
      ($0 as? WherryError)?.message.contains("process 7 (nginx)") ?? false
    }
  }

  @Test func whatCannotBeMadeIsRefusedWithARemedyAndLeavesNothing() async throws {
    let bench = try await Bench()
    bench.network.state.withLock { $0.failure = WherryError(.unsupported, "no bridge") }
    _ = try await bench.create()
    await #expect { try await bench.containers.start("web") } throws: {
      ($0 as? WherryError)?.hint?.contains("--network none") ?? false
    }
    #expect(bench.network.plan.sandboxes.isEmpty)
  }

  @Test func networksAreDurableAndNotRemovedUnderContainers() async throws {
    let bench = try await Bench()
    let networks = bench.engine.networks
    _ = try await networks.create(NetworkSpec(name: "app", subnets: [NetworkSubnet(subnet: "10.50.0.0/24")]))
    #expect(await code { try await networks.create(NetworkSpec(name: "app")) } == .conflict)
    #expect(
      await code {
        try await networks.create(NetworkSpec(name: "bb", subnets: [NetworkSubnet(subnet: "10.50.0.128/25")]))
      } == .conflict)
    let id = try await bench.start {
      $0.networks = [NetworkAttachment(name: "app", aliases: ["db"], ipv4: "10.50.0.77")]
    }
    let endpoint = try #require(bench.network.connected[id]?.endpoints.first)
    #expect(endpoint.addresses.first?.description == "10.50.0.77" && endpoint.address(ipv6: true) != nil)
    #expect(endpoint.names == ["web", id.short, "db"])
    #expect(await code { try await networks.remove("app") } == .conflict)
    try await bench.restartDaemon()
    #expect(
      await code {
        try await bench.create("two") { $0.networks = [NetworkAttachment(name: "app", ipv4: "10.50.0.77")] }
      } == .conflict)
    try await bench.containers.remove("web", force: true)
    #expect(try await bench.engine.networks.remove("app") == "app")
    #expect(await code { try await bench.engine.networks.remove("bridge") } == .permissionDenied)
  }

  @Test func aRunningContainerIsConnectedAndDisconnected() async throws {
    let bench = try await Bench()
    let id = try await bench.start()
    _ = try await bench.engine.networks.create(NetworkSpec(name: "app"))
    try await bench.containers.connect("web", to: NetworkAttachment(name: "app"))
    #expect(bench.network.connected[id]?.endpoints.map(\.interface) == ["eth0", "eth1"])
    #expect(
      await code { try await bench.containers.connect("web", to: NetworkAttachment(name: "app")) }
        == .conflict)
    try await bench.containers.disconnect("web", from: "bridge", force: false)
    #expect(bench.network.connected[id]?.endpoints.map(\.interface) == ["eth1"])
    #expect(try await bench.containers.inspect("web").record.spec.networks?.map(\.name) == ["app"])
  }

  @Test func interfacesKeepTheirNamesOverRestartsOfContainerAndDaemon() async throws {
    let bench = try await Bench()
    let id = try await bench.start()
    for name in ["app", "more"] { _ = try await bench.engine.networks.create(NetworkSpec(name: name)) }
    try await bench.containers.connect("web", to: NetworkAttachment(name: "app"))
    try await bench.containers.disconnect("web", from: "bridge", force: false)
    try await bench.containers.restart("web")
    #expect(bench.network.connected[id]?.endpoints.map(\.interface) == ["eth1"])
    try await bench.restartDaemon()
    #expect(bench.engine.networks.sandbox(of: id)?.endpoints.map(\.interface) == ["eth1"])
    try await bench.containers.connect("web", to: NetworkAttachment(name: "more"))
    #expect(bench.network.connected[id]?.endpoints.map(\.interface) == ["eth1", "eth0"])
  }

  @Test func aChangeThatFailsLeavesRecordAndAddressesAsTheyWere() async throws {
    let bench = try await Bench()
    let id = try await bench.start()
    _ = try await bench.engine.networks.create(
      NetworkSpec(name: "app", subnets: [NetworkSubnet(subnet: "10.50.0.0/24")]))
    let wanted = NetworkAttachment(name: "app", ipv4: "10.50.0.77")
    let before = bench.engine.networks.sandbox(of: id)
    bench.network.state.withLock { $0.failure = WherryError(.unavailable, "no link") }
    #expect(await code { try await bench.containers.connect("web", to: wanted) } == .unavailable)
    #expect(await code { try await bench.containers.disconnect("web", from: "bridge", force: false) } != nil)
    bench.network.state.withLock { $0.failure = nil }
    #expect(bench.engine.networks.sandbox(of: id) == before)
    try await bench.restartDaemon()
    #expect(try await bench.containers.inspect("web").record.endpoints?.map(\.network) == ["bridge"])
    // Its address is still its own; the one that it did not get is free.
    _ = try await bench.start("other") { $0.networks = [wanted] }
    let next = try await bench.start("next")
    #expect(bench.network.connected[next]?.endpoints.first?.addresses.first?.description == "10.87.0.3")
  }

  @Test func nameServersOfAContainerAreInThePlanOfANewDaemonToo() async throws {
    let bench = try await Bench()
    _ = try await bench.engine.networks.create(NetworkSpec(name: "app"))
    #expect(
      await code { try await bench.engine.networks.create(NetworkSpec(name: "aardvark.pid")) }
        == .invalidArgument)
    let id = try await bench.start {
      $0.networks = [NetworkAttachment(name: "app")]
      $0.dns = ["10.1.1.1"]
    }
    #expect(bench.network.connected[id]?.servers.map(\.description) == ["10.1.1.1"])
    try await bench.restartDaemon()
    #expect(bench.engine.networks.sandbox(of: id)?.servers.map(\.description) == ["10.1.1.1"])
  }

  @Test func aContainerThatJoinsANetworkNeedsTheOther() async throws {
    let bench = try await Bench()
    _ = try await bench.create("first") { $0.networks = [NetworkAttachment(name: "none")] }
    _ = try await bench.create("second") { $0.networks = [NetworkAttachment(name: "container:first")] }
    await #expect { try await bench.containers.start("second") } throws: {
      ($0 as? WherryError)?.message.contains("net namespace of a container that does not run: first") ?? false
    }
    #expect(!bench.supervisor.calls.contains("start"))
  }

  @Test func whatAContainerThatIsGoneLeftIsTakenDown() async throws {
    let bench = try await Bench()
    let id = try await bench.start()
    bench.supervisor.end(id, code: 0)
    try await bench.restartDaemon()
    try await bench.containers.settle(id.rawValue)
    #expect(bench.network.connected.isEmpty)
  }

  @Test func aContainerTakenOffItsLastNetworkCanBeConnectedAgain() async throws {
    let bench = try await Bench()
    let id = try await bench.start()
    try await bench.containers.disconnect("web", from: "bridge", force: false)
    #expect(bench.network.connected[id]?.endpoints.isEmpty == true)
    try await bench.containers.restart("web")
    try await bench.containers.connect("web", to: NetworkAttachment(name: "bridge"))
    #expect(bench.network.connected[id]?.endpoints.map(\.interface) == ["eth0"])
  }

  @Test func aContainerOfAnOlderWherryHasNoNetwork() async throws {
    let bench = try await Bench()
    let id = try await bench.create { $0.networks = [NetworkAttachment(name: "none")] }
    try await bench.containers.start("web")
    #expect(bench.network.connected[id] == nil)
    #expect(bench.supervisor.launch(id)?.runtime.linux.namespaces.first { $0.type == .network }?.path == nil)
  }
}
