import Basics
import Glibc

/// How progress appears on stderr.
enum ProgressStyle: String, CaseIterable, Sendable {
    case auto, plain, none
}

/// When text is coloured.
enum ColorChoice: String, CaseIterable, Sendable {
    case auto, always, never
}

/// The streams of the command: results on stdout, everything else on stderr. Built once from the flags and the environment.
struct Console: Sendable {
    let color: Bool
    let quiet: Bool
    let verbose: Bool
    /// Whether progress is one redrawn line (a terminal) rather than a line per finished phase.
    let redraws: Bool
    let showsProgress: Bool

    init(progress: ProgressStyle, color: ColorChoice, quiet: Bool, verbose: Bool) {
        let terminal = isatty(STDERR_FILENO) == 1 && getenv("TERM").map { String(cString: $0) } != "dumb"
        self.quiet = quiet
        self.verbose = verbose
        redraws = progress == .auto && terminal
        showsProgress = progress != .none && !quiet
        switch color {
        case .always: self.color = true
        case .never: self.color = false
        case .auto:
            let forced = getenv("CLICOLOR_FORCE").map { String(cString: $0) != "0" } ?? false
            self.color = forced || (terminal && getenv("NO_COLOR") == nil)
        }
    }

    /// A line of the result.
    func result(_ text: String) { put("", text, to: STDOUT_FILENO) }

    /// A line on stderr that no flag silences.
    func chatter(_ text: String) { put(clear, text, to: STDERR_FILENO) }

    /// A line of chatter: verb right-aligned in the manner of cargo, then the rest.
    func status(_ verb: String, _ text: String) {
        if showsProgress { put(clear + lead(verb), text, to: STDERR_FILENO) }
    }

    /// A line of a result that goes on: verb and text as `status` has them, on stdout.
    func line(_ verb: String, _ text: String) {
        clearTransient()
        put(lead(verb), text, to: STDOUT_FILENO)
    }

    /// Takes the redrawn line away.
    func clearTransient() {
        if showsProgress, redraws { StandardStreams.put(clear, to: STDERR_FILENO) }
    }

    /// The line that is redrawn on a terminal while work goes on; nothing elsewhere.
    func transient(_ text: String) {
        if showsProgress, redraws { put(clear + "  ", text, end: "", to: STDERR_FILENO) }
    }

    /// A diagnostic as text, coloured by its severity.
    func report(_ diagnostic: Diagnostic) {
        if quiet && diagnostic.severity != .error { return }
        let text = diagnostic.description
        guard color, let end = text.firstIndex(of: ":") else { return put(clear, text, to: STDERR_FILENO) }
        let code = diagnostic.severity == .error ? "1;31" : diagnostic.severity == .warning ? "1;33" : "1;36"
        put(clear + style(String(text[..<end]), code), String(text[end...]), to: STDERR_FILENO)
    }

    /// `lead` is our own; `text` may come from programs and manifests of others, and acts on no terminal.
    private func put(_ lead: String, _ text: String, end: String = "\n", to descriptor: Int32) {
        StandardStreams.put(lead + text.escapingControls(keepingLines: true) + end, to: descriptor)
    }

    private func lead(_ verb: String) -> String { String(repeating: " ", count: max(0, 12 - verb.count)) + style(verb, "1;32") + " " }

    private var clear: String { redraws ? "\r\u{1B}[K" : "" }

    private func style(_ text: String, _ code: String) -> String { color ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text }
}
