from agents import Agent, Runner


def plain():
    agent = Agent(name="Greeter", instructions="Be brief.", model="gpt-4o")
    return Runner.run_sync(agent, "Say hello.")


async def plain_async():
    agent = Agent(name="Greeter", instructions="Be brief.", model="gpt-4o")
    return await Runner.run(agent, "Say hello.")
