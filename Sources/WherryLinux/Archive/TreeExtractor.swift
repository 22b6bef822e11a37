import Synchronization
package import WherryModel

/// Unpacks a tar archive in a folder, as its bytes come.
///
/// Archive and folder may both be hostile. Every path is taken apart into plain names, `..` is refused, and folders on
/// the way are opened beneath the folder's own descriptor without following any link; files are written under a name
/// of their own and moved into place. Folders that exist keep their owner and mode. Calls block.
package final class TreeExtractor: Sendable {
  private struct State: Sendable {
    var parser = TarParser()
    var placement: MemberPlacement
  }

  private let state: Mutex<State>

  package init(into folder: FileDescriptorBox, rules: ExtractionRules) {
    state = Mutex(State(placement: MemberPlacement(folder: folder, rules: rules)))
  }

  /// Names of device nodes that were not made: the first few.
  package var leftOut: [String] { state.withLock { $0.placement.leftOut } }

  package func write(_ bytes: some Collection<UInt8>) throws(WherryError) {
    var rest = ArraySlice(bytes)
    try state.withLock { state throws(WherryError) in
      while let event = try Self.convert({ () throws(TarError) in try state.parser.next(&rest) }) {
        switch event {
        case .entry(let member): try state.placement.begin(member)
        case .data(let bytes): try state.placement.write(bytes)
        case .finished: try state.placement.finishMember()
        case .end: try state.placement.finishFolders()
        }
      }
    }
  }

  /// To be called after the last byte. Throws where the archive was cut.
  package func finish() throws(WherryError) {
    try state.withLock { state throws(WherryError) in
      try Self.convert { () throws(TarError) in try state.parser.finish() }
    }
  }

  /// Takes away what a copy that was broken off had begun.
  package func abandon() {
    state.withLock { $0.placement.abandon() }
  }

  private static func convert<Value>(_ body: () throws(TarError) -> Value) throws(WherryError) -> Value {
    do {
      return try body()
    } catch {
      throw WherryError(.invalidArgument, "\(error)", cause: error)
    }
  }
}
