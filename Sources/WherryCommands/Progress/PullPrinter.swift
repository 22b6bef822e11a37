import Synchronization
import WherryModel
import WherryOCI
import WherryWire

/// Shows a pull: lines that are redrawn on a terminal, else one line for each step of a layer.
final class PullPrinter: Sendable {
  enum Style: Sendable {
    /// `pull`: on standard output.
    case explicit
    /// A pull that `run` or `create` needs: on standard error, and says why.
    case implicit
    case quiet
  }

  private struct State {
    var board: PullBoard
    var begun = false
    var finished = false
    var lastDraw: Timestamp?
  }

  private static let redrawEvery: UInt64 = 50_000_000
  private let reference: String
  private let console: Console
  private let style: Style
  private let saysStatus: Bool
  private let state: Mutex<State>

  /// `saysStatus` is false for one of several.
  init(reference: String, console: Console, style: Style, saysStatus: Bool = true) {
    self.saysStatus = saysStatus
    self.reference = reference
    self.console = console
    self.style = style
    let terminal = style == .implicit ? console.errorIsTerminal : console.isTerminal
    state = Mutex(State(board: PullBoard(redraws: terminal)))
  }

  func update(_ progress: PullProgress, now: Timestamp = Context.now) {
    guard style != .quiet else { return }
    state.withLock { state in
      if !state.begun {
        state.begun = true
        begin()
      }
      guard state.board.update(progress) else { return }
      // The bytes counted change often; what is drawn need not.
      if progress.phase == .downloading, let last = state.lastDraw, now > last,
        now.nanoseconds - last.nanoseconds < Self.redrawEvery
      {
        return
      }
      state.lastDraw = now
      show(state.board.draw())
    }
  }

  /// The last picture. Safe to call again.
  func finish() {
    guard style != .quiet else { return }
    state.withLock { state in
      guard state.begun, !state.finished else { return }
      state.finished = true
      show(state.board.draw())
    }
  }

  /// What a pull says at its end.
  func finish(_ result: ImagePullResult) {
    guard style != .quiet else { return }
    finish()
    show("Digest: \(result.digest)\n")
    if saysStatus { show(Self.status(result.changed, Self.shown(reference)) + "\n") }
  }

  static func status(_ isNew: Bool, _ name: String) -> String {
    isNew ? "Status: Downloaded newer image for \(name)" : "Status: Image is up to date for \(name)"
  }

  private func begin() {
    if style == .implicit { show("Unable to find image '\(Self.shown(reference))' locally\n") }
    do {
      let parsed = try Reference(reference)
      let path = parsed.domain == Reference.defaultDomain ? parsed.path : parsed.name
      show("\(parsed.digest?.description ?? parsed.tag ?? Reference.defaultTag): Pulling from \(path)\n")
    } catch {
      return
    }
  }

  private func show(_ text: String) {
    guard !text.isEmpty else { return }
    do {
      try Console.write(Array(text.utf8)[...], to: style == .implicit ? 2 : 1)
    } catch {
      return
    }
  }

  /// The name with the tag it stands for.
  static func shown(_ reference: String) -> String {
    do {
      return try Reference(reference).familiar
    } catch {
      return reference
    }
  }
}
