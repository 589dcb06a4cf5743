"""Cache invalidation: Socket.IO for clients of Engine.IO 3, over long polling."""
