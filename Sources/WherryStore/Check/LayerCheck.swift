import Glibc
package import WherryLinux
package import WherryModel

/// What is wrong with one file of a layer.
package struct FileFinding: Sendable, Hashable {
  package enum Problem: Sendable, Hashable {
    case missing
    /// The layer has no such file.
    case extra
    case kind
    case size(found: UInt64)
    case permissions(found: UInt32)
    case owner(user: UInt32, group: UInt32)
    /// Where a link leads or what device a node is.
    case target
    case content
    /// The device or the file system does not give it back.
    case unreadable(String)
  }

  package var path: [UInt8]
  package var problem: Problem
  /// Of the same path. Nil of an extra file, and where it is not known what belongs there.
  package var listed: ListedFile?

  package var name: String { "/" + String(decoding: path, as: UTF8.self) }
}

/// Compares a layer's tree with the list of its files, step by step, in memory that its size does not change. Blocks;
/// one caller at a time.
package final class LayerCheck: @unchecked Sendable {
  /// Of one step.
  private static let bytes = 8 << 20
  private static let files = 512

  private let list: FileList.Reader
  private let lister: TreeLister
  private let readsContent: Bool
  private var listed: ListedFile?
  private var found: Found?
  private var hasBegun = false
  private var reading: Reading?
  /// Files compared, and bytes of them read.
  package private(set) var fileCount: UInt64 = 0
  package private(set) var byteCount: UInt64 = 0

  /// The next place of the tree, or one that could not be looked at.
  private enum Found {
    case item(TreeLister.Item)
    case failed(TreeLister.Failure)

    var path: [UInt8] {
      switch self {
      case .item(let item): item.path
      case .failed(let failure): failure.path
      }
    }
  }

  private struct Reading {
    var listed: ListedFile
    var file: FileDescriptorBox
    var digest = RunningDigest()
  }

  /// `folder` is the layer's; its list must have been found whole.
  package init(folder: String, what: String, readsContent: Bool) throws(SystemError) {
    list = try FileList.Reader("\(folder)/\(FileList.fileName)", what: what)
    lister = try TreeLister(folder + "/tree")
    self.readsContent = readsContent
  }

  /// What the next few files are found to be; nil at the end. Throws `dataLoss` where the list itself is damaged.
  package func step() throws(WherryError) -> [FileFinding]? {
    var findings: [FileFinding] = []
    if !hasBegun {
      hasBegun = true
      listed = try list.next()
      found = advance(after: nil, &findings)
    }
    var files = 0
    var bytes = 0
    while findings.count < 64, files < Self.files, bytes < Self.bytes {
      if reading != nil {
        bytes += readOn(&findings)
        continue
      }
      files += 1
      switch (listed, found) {
      case (nil, nil): return findings.isEmpty ? nil : findings
      case (let entry?, nil):
        findings.append(FileFinding(path: entry.path, problem: .missing, listed: entry))
        listed = try list.next()
      case (nil, let item?):
        found = extra(item, &findings)
      case (let entry?, let item?):
        if ListedFile.precedes(entry.path, item.path) {
          findings.append(FileFinding(path: entry.path, problem: .missing, listed: entry))
          listed = try list.next()
        } else if ListedFile.precedes(item.path, entry.path) {
          found = extra(item, &findings)
        } else {
          fileCount += 1
          switch item {
          case .item(let item): compare(entry, item, &findings)
          case .failed(let failure): findings.append(Self.unreadable(failure, entry))
          }
          listed = try list.next()
          found = advance(after: entry, &findings)
        }
      }
    }
    return findings
  }

  private func extra(_ found: Found, _ findings: inout [FileFinding]) -> Found? {
    switch found {
    case .item(let item):
      findings.append(FileFinding(path: item.path, problem: .extra, listed: nil))
      lister.skip()
    case .failed(let failure): findings.append(Self.unreadable(failure, nil))
    }
    return advance(after: nil, &findings)
  }

  /// The next place of the tree. A folder that cannot be listed fails only after it was compared, as `last`.
  private func advance(after last: ListedFile?, _ findings: inout [FileFinding]) -> Found? {
    while true {
      do throws(TreeLister.Failure) { return try lister.next().map { .item($0) } } catch {
        guard let last, last.path == error.path else { return .failed(error) }
        findings.append(Self.unreadable(error, last))
      }
    }
  }

  private static func unreadable(_ failure: TreeLister.Failure, _ listed: ListedFile?) -> FileFinding {
    FileFinding(path: failure.path, problem: .unreadable(failure.cause.reason), listed: listed)
  }

  private func compare(_ entry: ListedFile, _ item: TreeLister.Item, _ findings: inout [FileFinding]) {
    let status = item.status
    func report(_ problem: FileFinding.Problem) {
      findings.append(FileFinding(path: entry.path, problem: problem, listed: entry))
    }
    guard status.kind == entry.kind else {
      report(.kind)
      lister.skip()
      return
    }
    if entry.kind == .regular {
      guard UInt64(clamping: status.size) == entry.size else {
        return report(.size(found: UInt64(clamping: status.size)))
      }
      if readsContent, !entry.content.isEmpty {
        do throws(SystemError) {
          reading = Reading(
            listed: entry, file: FileDescriptorBox(try lister.open(entry.path, [.noFollow, .nonBlocking])))
        } catch {
          return report(.unreadable(error.reason))
        }
      }
    }
    do throws(SystemError) {
      let content: [UInt8]?
      switch entry.kind {
      case .symbolicLink: content = try lister.readLink(entry.path)
      case .characterDevice, .blockDevice: content = ListedFile.deviceContent(status.representedDevice)
      default: content = nil
      }
      if let content, content != entry.content { return report(.target) }
    } catch {
      return report(.unreadable(error.reason))
    }
    if status.userID != entry.userID || status.groupID != entry.groupID {
      report(.owner(user: status.userID, group: status.groupID))
    } else if entry.kind != .symbolicLink, status.permissions != entry.permissions {
      report(.permissions(found: status.permissions))
    }
  }

  /// Goes on with the file that is being read; gives how many bytes it took.
  private func readOn(_ findings: inout [FileFinding]) -> Int {
    guard var current = reading else { return 0 }
    reading = nil
    do throws(SystemError) {
      let part = try current.file.file.read(maximum: 256 << 10)
      if part.isEmpty {
        if current.digest.finish() != current.listed.content {
          findings.append(
            FileFinding(path: current.listed.path, problem: .content, listed: current.listed))
        }
        return 0
      }
      part.withUnsafeBytes { current.digest.update($0) }
      byteCount += UInt64(part.count)
      reading = current
      return part.count
    } catch {
      findings.append(
        FileFinding(path: current.listed.path, problem: .unreadable(error.reason), listed: current.listed))
      return 0
    }
  }
}
