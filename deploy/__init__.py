"""Ways to run the system; `deploy.local` is the one that needs nothing but Python and a JDK."""
