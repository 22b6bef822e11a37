import Glibc
import Testing
import WherryLinux
import WherryModel
import WherryOCI
import WherryStore

@testable import WherryRuntime

/// A runtime that is a file called crun, and a container that it has created.
@Suite struct SeccompCacheTests {
  private final class Machine {
    let folder = "/tmp/wherry-seccomp-\(String(UInt64.random(in: 0 ... .max), radix: 36))"
    let id: ContainerID
    /// Three instructions.
    let program = [UInt8](1...24)

    init() throws {
      id = try Sample.id()
      try Files.makeDirectories("\(folder)/state/\(id)")
      try Files.write(folder + "/crun", Array("one".utf8))
      try Files.write("\(folder)/state/\(id)/seccomp.bpf", program)
    }

    deinit {
      // A folder in /tmp more is no failure of the test's.
      do { _ = try Files.removeTree(folder) } catch {}
    }

    func cache(_ runtime: String = "crun") -> SeccompCache {
      SeccompCache(
        RunDirectory(folder),
        RuntimeDriver(path: "\(folder)/\(runtime)", stateDirectory: folder + "/state", managesCgroups: false))
    }

    func kept() throws -> [String] { try Files.list(folder + "/seccomp") }
  }

  private func spec(_ names: [String] = ["read"], default action: String = "SCMP_ACT_ERRNO") -> RuntimeSpec {
    var spec = RuntimeSpec(process: .init(args: ["x"]), root: .init(path: "/r"))
    spec.linux.seccomp = RuntimeSpec.Seccomp(
      defaultAction: action, syscalls: [.init(names: names, action: "SCMP_ACT_ALLOW")])
    return spec
  }

  /// Nil where the program is handed over.
  private func key(_ cache: SeccompCache, _ spec: RuntimeSpec) throws -> SeccompCache.Key? {
    var spec = spec
    let key = try cache.apply(to: &spec)
    #expect((key == nil) == (spec.annotations?[SeccompCache.annotation] != nil))
    return key
  }

  @Test func whatIsKeptIsHandedOver() throws {
    let machine = try Machine()
    let cache = machine.cache()
    let missing = try #require(try key(cache, spec()))
    cache.keep(missing, of: machine.id)
    var spec = spec()
    let filter = spec.linux.seccomp
    #expect(try cache.apply(to: &spec) == nil)
    #expect(spec.annotations == [SeccompCache.annotation: "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcY"])
    #expect(spec.linux.seccomp == filter, "a runtime that does not know the annotation compiles it")
  }

  @Test func anotherFilterOrRuntimeHasAnotherKey() throws {
    let machine = try Machine()
    let cache = machine.cache()
    let first = try #require(try key(cache, spec()))
    cache.keep(first, of: machine.id)
    let others = [spec(["read", "write"]), spec(["readv"]), spec(default: "SCMP_ACT_KILL")]
    var keys = try others.map { try key(cache, $0)?.text }
    try Files.write(machine.folder + "/crun", Array("another".utf8))
    keys.append(try key(cache, spec())?.text)
    #expect(!keys.contains(nil))
    #expect(Set(keys.compactMap(\.self) + [first.text]).count == 5)
  }

  @Test func withoutAFilterOrWithAnotherRuntimeNothingIsDone() throws {
    let machine = try Machine()
    var plain = spec()
    plain.linux.seccomp = nil
    #expect(try machine.cache().apply(to: &plain) == nil)
    #expect(plain.annotations == nil)
    try Files.write(machine.folder + "/runc", [])
    var spec = spec()
    #expect(try machine.cache("runc").apply(to: &spec) == nil)
    #expect(spec.annotations == nil)
  }

  @Test func whatIsDamagedIsNotUsed() throws {
    let machine = try Machine()
    let cache = machine.cache()
    let name = try #require(try key(cache, spec()))
    cache.keep(name, of: machine.id)
    let path = "\(machine.folder)/seccomp/\(name.text)"
    let good = try Files.read(path)
    for place in good.indices {
      var bad = good
      bad[place] ^= 1
      try Files.write(path, bad)
      #expect(try key(cache, spec()) == name, "byte \(place)")
    }
    for length in good.indices {
      try Files.write(path, good.prefix(length))
      #expect(try key(cache, spec()) == name, "\(length) bytes")
    }
    try Files.write(path, good + [UInt8](repeating: 0, count: SeccompCache.maximumSize))
    #expect(try key(cache, spec()) == name)
    // Another's, whole.
    let other = try #require(try key(cache, spec(["write"])))
    try Files.write("\(machine.folder)/seccomp/\(other.text)", good)
    #expect(try key(cache, spec(["write"])) == other)
    cache.keep(name, of: machine.id)
    #expect(try key(cache, spec()) == nil)
  }

  @Test(arguments: [0, 7, 12, SeccompCache.maximumSize + 8])
  func whatCannotBeAProgramIsNotKept(_ size: Int) throws {
    let machine = try Machine()
    let cache = machine.cache()
    let name = try #require(try key(cache, spec()))
    try Files.write("\(machine.folder)/state/\(machine.id)/seccomp.bpf", [UInt8](repeating: 6, count: size))
    cache.keep(name, of: machine.id)
    #expect(try key(cache, spec()) == name)
  }

  @Test func thereIsABound() throws {
    let machine = try Machine()
    let cache = machine.cache()
    for number in 0..<100 {
      let name = try #require(try key(cache, spec(["call\(number)"])))
      cache.keep(name, of: machine.id)
      #expect(try machine.kept().count <= SeccompCache.maximumCount)
    }
  }

  @Test(arguments: [
    "", "../../etc/passwd", String(repeating: "A", count: 64), String(repeating: "0", count: 63),
  ])
  func aKeyIsAName(_ text: String) {
    #expect(SeccompCache.Key(text) == nil)
  }
}

@Suite struct GateTests {
  private func driver(_ name: String = "crun") throws -> (RuntimeDriver, ContainerID, String) {
    let folder = "/tmp/wherry-gate-\(String(UInt64.random(in: 0 ... .max), radix: 36))"
    let id = try Sample.id()
    try Files.makeDirectories("\(folder)/\(id)")
    return (RuntimeDriver(path: "/x/\(name)", stateDirectory: folder, managesCgroups: false), id, folder)
  }

  @Test func itIsOpenedWhereSomebodyWaits() throws {
    let (driver, id, folder) = try driver()
    let path = "\(folder)/\(id)/exec.fifo"
    #expect(mkfifo(path, 0o600) == 0)
    let waiting = try FileDescriptor.open(path, [.readOnly, .nonBlocking])
    let isOpen = try driver.openGate(id)
    #expect(isOpen)
    #expect(try waiting.read(maximum: 8) == [0])
    #expect(try !Files.exists(path), "what is there no more is a container that runs, to crun")
    #expect(try !driver.openGate(id))
    _ = try Files.removeTree(folder)
  }

  @Test func whatIsNotAsExpectedIsLeftToTheRuntime() throws {
    let (driver, id, folder) = try driver()
    let path = "\(folder)/\(id)/exec.fifo"
    #expect(try !driver.openGate(id))
    try Files.write(path, [])
    #expect(try !driver.openGate(id), "no fifo")
    try Files.unlink(path)
    #expect(mkfifo(path, 0o600) == 0)
    #expect(try !driver.openGate(id), "nobody waits")
    #expect(try Files.exists(path))
    let other = RuntimeDriver(path: "/x/runc", stateDirectory: folder, managesCgroups: false)
    #expect(try !other.openGate(id))
    _ = try Files.removeTree(folder)
  }
}
