import QueryEngine
import Testing
