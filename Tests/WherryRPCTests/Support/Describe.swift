import WherryModel
import WherryRPC
import WherryWire

/// Actions and messages as one line of text, so that a table of outcomes can be read.
enum Describe {
  static func actions(_ actions: [ConnectionAction]) -> String {
    actions.isEmpty ? "-" : actions.map(action).joined(separator: "; ")
  }

  static func action(_ action: ConnectionAction) -> String {
    switch action {
    case .send(let frame): "send " + frames(frame)
    case .raiseFrameLimit: "raise limit"
    case .startCall(let request): "start \(request.stream) method \(request.method)"
    case .cancelHandler(let stream): "cancel handler \(stream)"
    case .deliverItem(let stream, _): "deliver \(stream)"
    case .endItems(let stream): "end \(stream)"
    case .resumeSenders(let stream): "resume \(stream)"
    case .finishCall(let stream, .success): "finish \(stream) ok"
    case .finishCall(let stream, .failure(let error)): "finish \(stream) \(self.error(error))"
    case .finishPing(let number, let error): "pong \(number) " + (error.map(self.error) ?? "ok")
    case .close(let error): "close \(self.error(error))"
    }
  }

  static func outcome(_ outcome: ItemOutcome) -> String {
    switch outcome {
    case .accepted(let actions): self.actions(actions)
    case .wait: "wait"
    case .refused(let error): "refused \(self.error(error))"
    }
  }

  static func error(_ error: WherryError) -> String {
    "\(error.code)" + (error.isRetrySafe ? "!" : "")
  }

  static func frames(_ bytes: [UInt8]) -> String {
    var decoder = FrameDecoder(limit: 8 << 20)
    decoder.append(bytes)
    do {
      var parts: [String] = []
      while let frame = try decoder.next() { parts.append(message(try Message(frame: frame))) }
      return parts.joined(separator: ", ")
    } catch {
      return "no frame: \(error)"
    }
  }

  static func message(_ message: Message) -> String {
    switch message {
    case .hello: "hello"
    case .request(let stream, let method, _, let deadline):
      "request \(stream) \(method)" + (deadline.map { " in \($0)" } ?? "")
    case .response(let stream, _): "response \(stream)"
    case .error(let stream, let body): "error \(stream) \(body.code)"
    case .item(let stream, _): "item \(stream)"
    case .end(let stream): "end \(stream)"
    case .cancel(let stream): "cancel \(stream)"
    case .credit(let stream, let bytes): "credit \(stream) \(bytes)"
    case .ping(let number): "ping \(number)"
    case .pong(let number): "pong \(number)"
    case .goingAway(let last, _): "going-away \(last)"
    }
  }
}
