import Glibc
import Testing
import WherryEngine
import WherryLinux
import WherryModel

/// A15, C4, A14: what an image may not do to whoever looks into it.
@Suite final class ImageRootTests {
  let base = "/tmp/wherry-root-\(String(UInt64.random(in: .min ... .max), radix: 36))"
  var root: ImageRoot { ImageRoot(base + "/root") }

  init() throws {
    try Files.makeDirectories(base + "/root/etc", mode: 0o755)
    try Files.makeDirectories(base + "/canary", mode: 0o755)
  }

  deinit {
    do { _ = try Files.removeTree(base) } catch {}
  }

  @Test func readsTheImagesAccounts() throws {
    try Files.write(base + "/root/etc/passwd", Array("app:x:5:6::/app:/bin/sh\n".utf8))
    #expect(try root.accounts().accounts.first?.uid == 5)
    #expect(try root.accounts().groups.isEmpty)
  }

  @Test func aLinkOutOfTheRootStaysInside() throws {
    try Files.write(base + "/canary/passwd", Array("evil:x:0:0::/:/bin/sh\n".utf8))
    try Files.makeSymbolicLink(base + "/root/etc/passwd", to: base + "/canary/passwd")
    try Files.makeSymbolicLink(base + "/root/etc/group", to: "../../canary/passwd")
    #expect(try root.accounts().accounts.isEmpty)
  }

  @Test func anAccountFileThatIsNoFileOrTooLargeIsRefusedWithoutWaiting() throws {
    #expect(mkfifo(base + "/root/etc/passwd", 0o644) == 0)
    #expect(code(of: { try root.accounts() }) == .failedPrecondition)
    _ = try Files.unlink(base + "/root/etc/passwd")
    try Files.makeDirectories(base + "/root/etc/passwd")
    #expect(code(of: { try root.accounts() }) == .failedPrecondition)
    _ = try Files.removeDirectory(base + "/root/etc/passwd")
    try Files.write(base + "/root/etc/passwd", [UInt8](repeating: 10, count: (1 << 20) + 1))
    #expect(code(of: { try root.accounts() }) == .failedPrecondition)
    try Files.write(base + "/root/etc/passwd", [UInt8](repeating: 10, count: 1 << 20))
    #expect(code(of: { try root.accounts() }) == nil)
  }

  @Test(arguments: ["dev", "proc", "sys"])
  func mountPointsThatAreLinksAreRefused(_ name: String) throws {
    try root.checkMountPoints()
    for target in [base + "/canary", "../canary", "etc"] {
      try Files.makeSymbolicLink(base + "/root/\(name)", to: target)
      #expect(code(of: { try root.checkMountPoints() }) == .failedPrecondition)
      _ = try Files.unlink(base + "/root/\(name)")
    }
    #expect(mkfifo(base + "/root/\(name)", 0o644) == 0)
    #expect(code(of: { try root.checkMountPoints() }) == .failedPrecondition)
    _ = try Files.unlink(base + "/root/\(name)")
    try Files.makeDirectories(base + "/root/\(name)")
    try root.checkMountPoints()
  }

  @Test func theWorkingDirectoryIsMadeInsideTheRoot() throws {
    try root.makeWorkingDirectory("/srv/app/data")
    #expect(try Files.status(base + "/root/srv/app/data").permissions == 0o755)
    try root.makeWorkingDirectory("/")
    try root.makeWorkingDirectory("/srv/app")
    // CVE-2026-55686
    try Files.makeSymbolicLink(base + "/root/out", to: base + "/canary")
    #expect(code(of: { try root.makeWorkingDirectory("/out/made") }) == .failedPrecondition)
    try Files.makeSymbolicLink(base + "/root/up", to: "../../../..")
    try root.makeWorkingDirectory("/up/made")
    #expect(try Files.exists(base + "/root/made"))
    #expect(try Files.list(base + "/canary").isEmpty)
    try Files.write(base + "/root/file", [])
    #expect(code(of: { try root.makeWorkingDirectory("/file") }) == .failedPrecondition)
    #expect(code(of: { try root.makeWorkingDirectory("/file/x") }) == .failedPrecondition)
  }
}
