"""The gate in front of Gradio: who may talk to the app, and what it answers them."""
