from tests.databases import file_database

__all__ = ["file_database"]
