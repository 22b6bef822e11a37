import Glibc
import Testing
import WherryLinux
import WherryModel
import WherryWire

@testable import WherryEngine

/// What `diff` finds. Whiteouts need root.
@Suite(.enabled(if: geteuid() == 0)) struct UpperChangesTests {
  private static func run(_ body: (String) throws -> [PathChange]) throws -> [String] {
    let folder = "/tmp/wherry-changes-test.\(RandomName.next())"
    try Files.makeDirectories(folder + "/upper")
    try Files.makeDirectories(folder + "/low/etc/sub")
    try Files.makeDirectories(folder + "/lower/opt")
    defer { do { try Files.removeTree(folder) } catch {} }
    try Files.write(folder + "/low/etc/hosts", [])
    try Files.write(folder + "/low/etc/passwd", [1])
    return try body(folder).map { "\($0.kind) \($0.path)" }
  }

  private static func list(_ folder: String, _ points: Set<String> = []) throws -> [PathChange] {
    try UpperChanges.list(
      upper: folder + "/upper", layers: [folder + "/lower", folder + "/low"], mountPoints: points)
  }

  @Test func whatIsNewChangedAndGoneIsToldParentsFirst() throws {
    let changes = try Self.run { folder in
      try Files.makeDirectories(folder + "/upper/etc")
      try Files.write(folder + "/upper/etc/passwd", [2])
      try Files.write(folder + "/upper/etc/new", [2])
      try FileDescriptor.open(folder + "/upper/etc", [.directory])
        .makeNode("sub", .characterDevice, mode: 0)
      return try Self.list(folder)
    }
    #expect(
      changes == ["changed /etc", "added /etc/new", "changed /etc/passwd", "deleted /etc/sub"])
  }

  @Test func mountPointsAreNobodysChange() throws {
    let changes = try Self.run { folder in
      try Files.makeDirectories(folder + "/upper/dev/pts")
      try Files.makeDirectories(folder + "/upper/data")
      try Files.write(folder + "/upper/etc-hosts", [])
      try Files.write(folder + "/upper/kept", [])
      return try Self.list(folder, DefaultMounts.points.union(["/data", "/etc-hosts"]))
    }
    #expect(changes == ["added /kept"])
  }

  @Test func anOpaqueFolderHidesWhatWasBelow() throws {
    let changes = try Self.run { folder in
      try Files.makeDirectories(folder + "/upper/etc")
      try FileDescriptor.open(folder + "/upper/etc", [.directory])
        .setExtendedAttribute("trusted.overlay.opaque", [UInt8(ascii: "y")])
      try Files.write(folder + "/upper/etc/passwd", [2])
      return try Self.list(folder)
    }
    #expect(changes == ["changed /etc", "deleted /etc/hosts", "deleted /etc/sub", "added /etc/passwd"])
  }

  @Test func theRuntimesOwnMountPointsAreKnown() {
    for path in ["/dev", "/proc", "/sys", "/etc/hosts", "/etc/resolv.conf", "/dev/console", "/dev/shm"] {
      #expect(DefaultMounts.points.contains(path))
    }
  }
}
