/// A module of the package: its floor, and the modules that it may import directly. What those import is allowed too.
struct Module: Sendable {
    let floor: Int
    let imports: Set<String>
    /// Products of other packages.
    let products: Set<String>

    init(floor: Int, imports: Set<String>, products: Set<String> = []) {
        self.floor = floor
        self.imports = imports
        self.products = products
    }
}

/// The table of floors: the architecture. An edge that is not here needs an argument before it needs a line.
let floors: [String: Module] = [
    // ground: a system library, and toml++ behind C
    "CLMDB": Module(floor: -1, imports: []),
    "CTOML": Module(floor: -1, imports: []),
    // ground: xxHash, allowed to Basics alone; inner loops in C, to Simulation
    "CXXHash": Module(floor: -1, imports: []),
    "CLostPages": Module(floor: -1, imports: []),
    "CSimulationLoops": Module(floor: -1, imports: []),
    // ground: the Python package of capture, as files beside the executable
    "CapturePython": Module(floor: -1, imports: []),
    "Basics": Module(floor: 0, imports: ["CXXHash", "CLostPages"]),
    "QueryEngine": Module(floor: 1, imports: ["Basics"]),
    "TensorIR": Module(floor: 1, imports: ["Basics"]),
    "PT2": Module(floor: 1, imports: ["Basics"]),
    "Machine": Module(floor: 1, imports: ["Basics"]),
    "KernelCodegen": Module(floor: 2, imports: ["TensorIR", "Machine"]),
    "Operators": Module(floor: 3, imports: ["TensorIR", "PT2", "KernelCodegen"]),
    "GraphPasses": Module(floor: 4, imports: ["Operators"]),
    "Linking": Module(floor: 4, imports: ["KernelCodegen"]),
    "Simulation": Module(floor: 4, imports: ["Machine", "CSimulationLoops"]),
    "Capture": Module(floor: 4, imports: ["PT2", "CapturePython"]),
    "ContentStore": Module(floor: 4, imports: ["QueryEngine", "CLMDB"]),
    "RemoteCache": Module(floor: 4, imports: ["QueryEngine"]),
    "Pipeline": Module(
        floor: 5, imports: ["GraphPasses", "Linking", "Simulation", "ContentStore", "Capture", "RemoteCache", "CTOML"]),
    "reglaze": Module(floor: 6, imports: ["Pipeline"], products: ["ArgumentParser"]),
    // The engine's and the store's test vocabulary, torture and measurements: executables and libraries of the tests.
    "OperatorTestKit": Module(floor: 4, imports: ["Operators"]),
    "EngineTestKit": Module(floor: 2, imports: ["QueryEngine"]),
    "StoreTorture": Module(floor: 5, imports: ["ContentStore", "EngineTestKit"]),
    "EngineSuite": Module(floor: 6, imports: ["Pipeline", "EngineTestKit"]),
    "SiteExample": Module(floor: 5, imports: ["ContentStore"]),
    "ArticleExample": Module(floor: 5, imports: ["ContentStore"]),
    "EngineBench": Module(floor: 5, imports: ["ContentStore"]),
    // Runs the command as a process, for which Basics has what is needed: it must not see inside.
    "reglaze-bench": Module(floor: 6, imports: ["Basics"], products: ["ArgumentParser"]),
]

/// The modules that `name` may import: those of its row, and theirs in turn.
func allowedImports(of name: String, in table: [String: Module] = floors) -> Set<String> {
    guard let row = table[name] else { return [] }
    return row.imports.reduce(into: row.imports) { allowed, imported in
        allowed.formUnion(allowedImports(of: imported, in: table))
    }
}
