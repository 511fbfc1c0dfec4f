import ArgumentParser
import Basics
import Glibc
import Pipeline
import Synchronization

struct WatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Build again on every change of an input, and show what each edit costs.",
        discussion: "On a terminal: q quits, b makes the last build the baseline, w says why kernels were compiled, d shows every row.")

    @Argument(help: "Names from the manifest, or .pt2 files. Default: every model of the manifest.")
    var models: [String] = []

    @Flag(name: .long, help: "Look at the files a few times a second instead of being notified: for file systems that do not notify.")
    var poll = false

    @OptionGroup var target: TargetOptions
    @OptionGroup var workspace: WorkspaceOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let console = output.console
        let session = try Session.open(workspace, console: console)
        let request = WatchRequest(
            models: models, targets: target.target, precision: target.precision, workspace: workspace.workspace, polls: poll)
        // Words that make no sense end the command; what a later edit makes of the manifest does not.
        let names = try ModelReference.resolve(models, in: session.workspace).map(\.name)
        _ = try session.targets(target.target)
        let view = WatchView(console: console, json: output.json, session: session, models: names)
        let loop = WatchLoop(session, request) { view.show($0) }
        let controls = WatchControls(loop, view)
        controls.start()
        await loop.run()
        if let signal = controls.stop() { throw ExitCode(128 + signal) }
    }
}

/// What the loop's events look like, and the answers to keys.
final class WatchView: Sendable {
    private let console: Console
    private let json: Bool
    private let session: Session
    private let models: [String]
    private let text: WatchText
    private let last = Mutex<WatchBuild?>(nil)

    init(console: Console, json: Bool, session: Session, models: [String]) {
        self.console = console
        self.json = json
        self.session = session
        self.models = models
        text = WatchText(verbose: console.verbose)
    }

    func show(_ event: WatchEvent) {
        if case .built(let build) = event { last.withLock { $0 = build } }
        if case .baseline(let build) = event { last.withLock { $0 = build } }
        if json {
            if let line = try? JSONDocument.text(WatchDocument(event)) { console.result(line) }
        } else {
            text.lines(event).forEach(put)
            diagnostics(event).forEach(console.report)
        }
        console.transient(Self.status(event))
    }

    private static func status(_ event: WatchEvent) -> String {
        if case .building = event { return "building" }
        return "q quit  b set baseline  w why  d details"
    }

    private func diagnostics(_ event: WatchEvent) -> [Diagnostic] {
        switch event {
        case .built(let build), .baseline(let build): build.diagnostics
        case .failed(let failure): failure.diagnostics
        default: []
        }
    }

    /// A line of the loop: the results of this command are these lines.
    private func put(_ line: (verb: String, text: String)) { console.line(line.verb, line.text) }

    /// Why the kernels of the last build were compiled.
    func why() {
        for model in models {
            let document = WhyDocument(model: model, session: session, kernel: nil, reused: false)
            for line in document.lines { put(("", line)) }
        }
        console.transient(Self.status(.cancelled(seconds: 0)))
    }

    /// Every row of the last delta.
    func details() {
        for program in last.withLock({ $0 })?.programs ?? [] {
            guard let delta = program.delta else { continue }
            put(("Details", "\(program.model)/\(program.target)"))
            for line in DeltaText(isDetailed: true).lines(delta) { put(("", line)) }
        }
        console.transient(Self.status(.cancelled(seconds: 0)))
    }

    func clear() { console.clearTransient() }
}

/// Keys and signals. The terminal is given back when the command ends, when it is suspended, and when a signal ends it.
final class WatchControls: Sendable {
    private let loop: WatchLoop
    private let view: WatchView
    private let terminal: Terminal?
    private let signals: Int32?
    private let ending = Mutex<Int32?>(nil)
    private let thread = Mutex<PollThread?>(nil)

    init(_ loop: WatchLoop, _ view: WatchView) {
        self.loop = loop
        self.view = view
        // A watch that nobody reads any more has nothing left to do.
        signals = SignalPipe.open([SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGTSTP, SIGCONT])
        terminal = Terminal()
    }

    func start() {
        let thread = PollThread(
            .init(
                descriptors: { [self] in [signals, isListening ? STDIN_FILENO : nil].compactMap { $0 } },
                timeout: { [self] in terminal == nil || isListening ? nil : 500 }, ready: { [self] ready in take(ready) }))
        self.thread.withLock { $0 = thread }
        thread.start()
    }

    /// The signal that ended the loop, if one did.
    func stop() -> Int32? {
        thread.withLock { $0 }?.stop()
        view.clear()
        terminal?.restore()
        return ending.withLock { $0 }
    }

    /// In the background keys are the shell's.
    private var isListening: Bool { terminal?.isOurs == true }

    private func take(_ ready: Set<Int32>) {
        // Not after the signals: a process that stops itself may go on for a moment, and the terminal is the shell's by then.
        terminal?.follow()
        if let signals, ready.contains(signals) { SignalPipe.read(signals).forEach(take) }
        guard isListening, ready.contains(STDIN_FILENO) else { return }
        guard let keys = Terminal.keys() else { return loop.stop() }
        keys.forEach(take)
    }

    private func take(_ signal: Int32) {
        switch signal {
        case SIGTSTP:
            view.clear()
            terminal?.restore()
            kill(getpid(), SIGSTOP)
        case SIGCONT: terminal?.follow(afterStop: true)
        default:
            ending.withLock { $0 = signal }
            loop.stop()
        }
    }

    private func take(_ key: Character) {
        switch key {
        case "q": loop.stop()
        case "b": loop.setBaseline()
        case "w": view.why()
        case "d": view.details()
        default: break
        }
    }
}
