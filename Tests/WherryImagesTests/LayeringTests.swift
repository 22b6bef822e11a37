import Glibc
import Testing
import WherryLinux
import WherryModel

@testable import WherryImages

@Suite(.enabled(if: Scratch.isRoot, "needs root")) struct LayeringTests {
  /// CASES.md A1: the layer that makes libarchive's safe flags useless.
  @Test func usrmergeLayerWritesThroughTheLinkBelow() throws {
    let scratch = try Scratch()
    let base = try scratch.lower(
      0,
      tar {
        $0.folder("usr")
        $0.add(.folder, "usr/bin") {
          $0.mode = 0o750
          $0.user = 7
          $0.time = 1_600_000_000
        }
        $0.file("usr/bin/old", "old")
        $0.link("bin", to: "usr/bin")
      })
    try scratch.extract(tar { $0.file("bin/x", "new", mode: 0o755) }, over: [base])
    #expect(try scratch.text("usr/bin/x") == "new")
    #expect(try !scratch.exists("bin"))
    let folder = try scratch.status("usr/bin")
    #expect(folder.permissions == 0o750 && folder.userID == 7)
    #expect(folder.modified == FileTime(seconds: 1_600_000_000))
    #expect(try !scratch.exists("usr/bin/old"))
  }

  @Test func linksAreFollowedThroughSeveralLayers() throws {
    let scratch = try Scratch()
    let first = try scratch.lower(0, tar { $0.folder("data/real") })
    let second = try scratch.lower(1, tar { $0.link("a", to: "/b") }, over: [first])
    let third = try scratch.lower(2, tar { $0.link("b", to: "data/real") }, over: [first, second])
    try scratch.extract(tar { $0.file("a/f", "x") }, over: [first, second, third])
    #expect(try scratch.text("data/real/f") == "x")
  }

  @Test func whiteoutInTheMiddleHidesTheLinkBelow() throws {
    let scratch = try Scratch()
    let first = try scratch.lower(0, tar { $0.link("d", to: "elsewhere") })
    let second = try scratch.lower(1, tar { $0.file(".wh.d") }, over: [first])
    try scratch.extract(tar { $0.file("d/f", "x") }, over: [first, second])
    #expect(try scratch.text("d/f") == "x")
  }

  @Test func opaqueFolderInTheMiddleHidesTheLinkBelow() throws {
    let scratch = try Scratch()
    let first = try scratch.lower(
      0,
      tar {
        $0.folder("d")
        $0.link("d/l", to: "/elsewhere")
      })
    let second = try scratch.lower(
      1,
      tar {
        $0.folder("d")
        $0.file("d/.wh..wh..opq")
      }, over: [first])
    try scratch.extract(tar { $0.file("d/l/f", "x") }, over: [first, second])
    #expect(try scratch.text("d/l/f") == "x")
  }

  @Test func whiteoutsHideOnlyLowerLayers() throws {
    let scratch = try Scratch()
    let base = try scratch.lower(
      0,
      tar {
        $0.folder("d")
        $0.file("d/old", "old")
        $0.file("gone", "x")
        $0.file("kept", "x")
      })
    let result = try scratch.extract(
      tar {
        $0.file(".wh.gone")
        $0.file(".wh.never-was")
        $0.file("d/new", "new")
        $0.file(".wh.d")
        $0.file("kept", "new")
        $0.file(".wh.kept")
        $0.file(".wh..wh.plnk")
      }, over: [base])
    #expect(try scratch.isWhiteout("gone"))
    #expect(try !scratch.exists("never-was"))
    #expect(try scratch.text("d/new") == "new")
    #expect(try scratch.text("kept") == "new")
    #expect(try !scratch.exists(".wh..wh.plnk"))
    #expect(result.opaque.map(\.description) == ["/d"])
  }

  @Test func folderOverOwnWhiteoutIsOpaque() throws {
    let scratch = try Scratch()
    let base = try scratch.lower(0, tar { $0.file("d/old", "old") })
    let result = try scratch.extract(
      tar {
        $0.file(".wh.d")
        $0.file("d/new", "new")
      }, over: [base])
    #expect(try scratch.text("d/new") == "new")
    #expect(result.opaque.map(\.description) == ["/d"])
  }

  @Test func hardLinkToALowerFileBringsItUp() throws {
    let scratch = try Scratch()
    let base = try scratch.lower(
      0,
      tar {
        $0.add(.file, "usr/lib/f", content: Array("content".utf8)) {
          $0.mode = 0o4755
          $0.user = 5
          $0.time = 1_500_000_000
        }
        $0.link("lib", to: "usr/lib")
      })
    try scratch.extract(tar { $0.hardLink("g", to: "lib/f") }, over: [base])
    let status = try scratch.status("usr/lib/f")
    #expect(try scratch.text("g") == "content")
    #expect(try scratch.status("g").inode == status.inode)
    #expect(status.permissions == 0o4755 && status.userID == 5)
    #expect(status.modified.seconds == 1_500_000_000)
  }

  @Test func metadataIsKept() throws {
    let scratch = try Scratch()
    try scratch.extract(
      tar {
        $0.add(.folder, "./") { $0.mode = 0o751 }
        $0.add(.file, "setuid", content: [1]) {
          $0.mode = 0o6755
          $0.user = 1000
          $0.group = 1001
          $0.time = 1_234_567_890
        }
        $0.add(.folder, "sticky") {
          $0.mode = 0o1777
          $0.time = 1_111_111_111
        }
        $0.file("sticky/child", "x")
        $0.add(.characterDevice, "null") {
          $0.mode = 0o666
          $0.major = 1
          $0.minor = 3
        }
        $0.add(.fifo, "pipe") { $0.mode = 0o600 }
        $0.add(.symbolicLink, "l", link: "nowhere") {
          $0.user = 3
          $0.time = 1_000_000_000
        }
        $0.file("caf\u{e9}", "x")
      })
    #expect(try Files.status(scratch.tree).permissions == 0o751)
    let setuid = try scratch.status("setuid")
    #expect(setuid.permissions == 0o6755 && setuid.userID == 1000 && setuid.groupID == 1001)
    #expect(setuid.modified.seconds == 1_234_567_890)
    let sticky = try scratch.status("sticky")
    #expect(sticky.permissions == 0o1777 && sticky.modified.seconds == 1_111_111_111)
    let null = try scratch.status("null")
    #expect(null.kind == .characterDevice && null.representedDevice == 0x103 && null.permissions == 0o666)
    #expect(try scratch.status("pipe").kind == .fifo)
    let link = try scratch.status("l")
    #expect(link.userID == 3 && link.modified.seconds == 1_000_000_000)
    #expect(try scratch.text("caf\u{e9}") == "x")
  }

  @Test func namesThatAreNotUTF8AreKept() throws {
    let scratch = try Scratch()
    var bytes = tar { $0.file("nameX", "x") }
    bytes[4] = 0xff
    // The checksum grows by as much as the byte did.
    let sum = bytes[..<512].enumerated().reduce(0) {
      $0 + ((148..<156).contains($1.offset) ? 32 : Int($1.element))
    }
    for (index, digit) in String(sum, radix: 8).utf8.enumerated() { bytes[149 + index] = digit }
    try scratch.extract(bytes)
    let folder = try FileDescriptor.open(scratch.tree, [.directory])
    #expect(try folder.entries().map(\.name) == [Array("name".utf8) + [0xff]])
  }

  @Test func onlyHarmlessAttributesReachTheDisk() throws {
    let scratch = try Scratch()
    // cap_net_raw+ep, version 2.
    let capability: [UInt8] = [1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    try scratch.extract(
      tar {
        $0.add(.file, "f", content: [1]) {
          $0.pax = [
            ("SCHILY.xattr.security.capability", capability), ("SCHILY.xattr.user.note", Array("hi".utf8)),
            ("SCHILY.xattr.trusted.overlay.redirect", Array("/etc".utf8)),
            ("SCHILY.xattr.user.overlay.opaque", Array("y".utf8)),
            ("SCHILY.xattr.security.selinux", Array("x".utf8)),
          ]
        }
        $0.add(.folder, "d") {
          $0.pax = [
            ("SCHILY.xattr.trusted.overlay.opaque", Array("y".utf8)),
            ("SCHILY.xattr.trusted.overlay.metacopy", Array("y".utf8)),
          ]
        }
      })
    let file = try FileDescriptor.open("\(scratch.tree)/f")
    let names = Set(try file.extendedAttributeNames())
    #expect(names.isSubset(of: ["security.capability", "user.note"]))
    #expect(names.contains("security.capability"))
    let folder = try FileDescriptor.open("\(scratch.tree)/d", [.directory])
    #expect(try folder.extendedAttributeNames() == [])
  }

  @Test func overlayWhiteoutDeviceIsAWhiteout() throws {
    let scratch = try Scratch()
    let base = try scratch.lower(0, tar { $0.file("f", "x") })
    try scratch.extract(tar { $0.add(.characterDevice, "f") }, over: [base])
    #expect(try scratch.isWhiteout("f"))
  }

  @Test func sparseFilesKeepTheirHoles() throws {
    let scratch = try Scratch()
    // GNU.sparse 1.0: the map precedes the content.
    var map = Array("1\n1048576\n512\n".utf8)
    map += [UInt8](repeating: 0, count: 512 - map.count)
    try scratch.extract(
      tar {
        $0.add(.file, "GNUSparseFile.0/s", content: map + [UInt8](repeating: 7, count: 512)) {
          $0.pax = [
            ("GNU.sparse.major", Array("1".utf8)), ("GNU.sparse.minor", Array("0".utf8)),
            ("GNU.sparse.name", Array("s".utf8)), ("GNU.sparse.realsize", Array("2097152".utf8)),
          ]
        }
      })
    let status = try scratch.status("s")
    #expect(status.size == 2_097_152)
    #expect(status.allocated < 1 << 20)
    let bytes = try Files.read("\(scratch.tree)/s", maximum: 4 << 20)
    #expect(bytes[1_048_576] == 7 && bytes[1_048_575] == 0 && bytes[1_049_088] == 0)
  }
}
