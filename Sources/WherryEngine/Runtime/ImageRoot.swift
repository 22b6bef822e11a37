import Glibc
import WherryLinux
package import WherryModel

/// Looks into a container's root without trusting it: no link leads out, nothing but regular files is read.
/// Blocks; to be called on the blocking pool.
package struct ImageRoot: Sendable {
  package static let maximumFile = 1 << 20
  package let path: String

  package init(_ path: String) {
    self.path = path
  }

  /// Refuses a root whose mount points for the kernel's file systems are links or files: runtimes have followed
  /// them out of the container (CVE-2026-47766, CVE-2026-41579).
  package func checkMountPoints() throws(WherryError) {
    let root = try open()
    for name in ["dev", "proc", "sys"] {
      let kind: FileStatus.Kind
      do {
        kind = try root.status(of: name).kind
      } catch {
        if error.errno == ENOENT { continue }
        throw WherryError(error, "look at /\(name) of the image")
      }
      guard kind == .directory else {
        throw WherryError(
          .failedPrecondition,
          "the image's /\(name) is \(kind == .symbolicLink ? "a symbolic link" : "not a folder")",
          hint: "such an image can trick a runtime into writing outside the container; rebuild it")
      }
    }
  }

  /// `/etc/passwd` and `/etc/group`; a missing one is empty (CVE-2024-9676).
  package func accounts() throws(WherryError) -> AccountFiles {
    let root = try open()
    return AccountFiles(passwd: try read("etc/passwd", in: root), group: try read("etc/group", in: root))
  }

  private func read(_ name: String, in root: borrowing FileDescriptor) throws(WherryError) -> [UInt8] {
    do throws(SystemError) {
      // O_NONBLOCK: opening a FIFO must not wait for a writer.
      let file = try root.open(name, [.readOnly, .nonBlocking], resolve: [.inRoot, .noMagicLinks])
      guard try file.status().kind == .regular else {
        throw SystemError(errno: EINVAL, "read", name)
      }
      return try file.readAll(maximum: Self.maximumFile)
    } catch {
      switch error.errno {
      case ENOENT, ENOTDIR: return []
      case EFBIG: throw refusal(name, "is larger than 1 MiB")
      case EINVAL, ENXIO: throw refusal(name, "is not a regular file")
      default: throw WherryError(error, "read /\(name) of the image")
      }
    }
  }

  private func refusal(_ name: String, _ reason: String) -> WherryError {
    WherryError(
      .failedPrecondition, "the image's /\(name) \(reason)",
      hint: "users cannot be looked up in it; rebuild the image")
  }

  /// Makes the folder a process starts in, where the image lacks it. Links stay inside the root, and one that leads
  /// nowhere is not followed to make its target (CVE-2026-55686).
  package func makeWorkingDirectory(_ path: String, owner: UInt32? = nil) throws(WherryError) {
    let root = try open()
    var walked = "."
    for part in path.split(separator: "/") {
      let parent = walked
      walked += "/\(part)"
      do throws(SystemError) {
        do throws(SystemError) {
          _ = try root.open(walked, [.pathOnly, .directory], resolve: [.inRoot, .noMagicLinks])
        } catch {
          guard error.errno == ENOENT else { throw error }
          let folder = try root.open(parent, [.readOnly, .directory], resolve: [.inRoot, .noMagicLinks])
          try folder.makeDirectory(String(part), mode: 0o755)
          if let owner { try folder.changeOwner(of: String(part), user: owner, group: owner) }
        }
      } catch {
        throw WherryError(
          .failedPrecondition, "working directory \(Printable.text(path)) cannot be used: \(error.reason)",
          hint: "it must be a folder of the image; choose another with --workdir", cause: error)
      }
    }
  }

  private func open() throws(WherryError) -> FileDescriptor {
    do {
      return try FileDescriptor.open(path, [.readOnly, .directory, .noFollow])
    } catch {
      throw WherryError(error, "open the container's root")
    }
  }
}
