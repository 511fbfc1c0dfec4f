import Basics
import ContentStore
import QueryEngine

// A static site, built by the query engine: an example that has nothing to do with models.
//
//     SiteExample DIRECTORY      reads DIRECTORY/pages/*.txt, prints the site, and what had to be made
//
// A page that is edited is rendered again, and the index only when a title has changed. A page that is copied under another name is not even rendered once more:
// what is closed is found by its content.

/// A page as HTML, and its title. Closed: it depends on its text alone.
struct Page: Query {
    static let kind = "Page"
    let text: String
    let label: String

    func encode(into encoder: inout CanonicalEncoder) { encoder.append(text) }

    func compute(_ context: QueryContext) async throws -> Rendered {
        let lines = text.split(separator: "\n").map(String.init)
        guard let title = lines.first(where: { $0.hasPrefix("# ") })?.dropFirst(2) else {
            throw Diagnostic(DiagnosticCode("W001"), "\(label) has no title", help: "begin a line with `# `")
        }
        let paragraphs = lines.filter { !$0.hasPrefix("#") }.map { "<p>\($0)</p>" }
        return Rendered(title: String(title), html: (["<h1>\(title)</h1>"] + paragraphs).joined(separator: "\n"))
    }
}

/// A value: it says how it is stored.
struct Rendered: Sendable, CanonicalCodable {
    let title: String
    let html: String

    init(title: String, html: String) {
        self.title = title
        self.html = html
    }

    func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(title)
        encoder.append(html)
    }

    init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        title = try decoder.string()
        html = try decoder.string()
    }
}

/// The list of titles. Closed, too: an edit that leaves all titles as they are does not reach it.
struct Index: Query {
    static let kind = "Index"
    let titles: [String]

    func encode(into encoder: inout CanonicalEncoder) { encoder.append(titles) }

    func compute(_ context: QueryContext) async throws -> String {
        titles.enumerated().map { "<li>\($0 + 1). \($1)</li>" }.joined(separator: "\n")
    }
}

/// The site. Named: it stands for what the directory holds, which changes.
struct Site: Query {
    static let kind = "Site"
    static let storage = QueryStorage.byTrace

    func encode(into encoder: inout CanonicalEncoder) {}

    func compute(_ context: QueryContext) async throws -> String {
        let names = try context.directory("pages").filter { $0.hasSuffix(".txt") }
        let pages = try names.map { name in
            Page(text: String(decoding: try context.read("pages/" + name).array, as: UTF8.self), label: name)
        }
        let rendered = try await context.getAll(pages)
        let index = try await context.get(Index(titles: rendered.map(\.title)))
        return ([index] + rendered.map(\.html)).joined(separator: "\n")
    }
}

@main struct SiteExample {
    static func main() async throws {
        guard let directory = CommandLine.arguments.dropFirst().first else { return print("usage: SiteExample DIRECTORY") }
        let store = try ContentStore.open(directory + "/.cache")
        let engine = Engine(
            store: store, options: EngineOptions(jobs: 2, directory: directory, kinds: [Site.self, Page.self, Index.self]))
        let (evaluation, summary) = try await engine.evaluate(Site())
        switch evaluation.outcome {
        case .success(let site): print(site)
        case .failure(let list): for diagnostic in list.diagnostics { print(diagnostic) }
        }
        let made = summary.statistics.executed.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        print("made \(made.isEmpty ? "nothing" : made.joined(separator: ", "))")
    }
}
