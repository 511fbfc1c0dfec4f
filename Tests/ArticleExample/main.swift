import Basics
import ContentStore
import QueryEngine

struct Page: Query {  // closed: rendering depends on the text alone
    static let kind = "Page"
    let text: String
    func encode(into encoder: inout CanonicalEncoder) { encoder.append(text) }
    func compute(_ context: QueryContext) async throws -> String { render(text) }
}

struct Site: Query {  // named: depends on what the directory holds
    static let kind = "Site"
    static let storage = QueryStorage.byTrace
    func encode(into encoder: inout CanonicalEncoder) {}
    func compute(_ context: QueryContext) async throws -> String {
        let texts = try context.directory("pages").map { name in
            String(decoding: try context.read("pages/" + name).array, as: UTF8.self)
        }
        return try await context.getAll(texts.map(Page.init)).joined()
    }
}

let store = try ContentStore.open(".cache")
let engine = Engine(store: store, options: EngineOptions(jobs: 4, kinds: [Site.self, Page.self]))
let (evaluation, summary) = try await engine.evaluate(Site())
print(try evaluation.value(), summary.statistics.executed)

// What the article leaves out.

func render(_ text: String) -> String { "<p>\(text)</p>" }
